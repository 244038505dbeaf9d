enum RelayProcessorPlaceholder {}
