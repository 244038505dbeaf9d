enum RelayIngestPlaceholder {}
