enum RelayProjectsPlaceholder {}
