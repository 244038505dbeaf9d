/// The version of this program, as it stands in `Server` headers, registrations and `--version`.
public enum ProductVersion {
    public static let current = "0.1.0"
}
