import Model

/// Stands for the types of Model and Config until they land.
public struct Envelope {
    public init() {}
}

public struct RelayConfig {
    public init() {}
}

public struct Credentials {
    public init() {}
}
