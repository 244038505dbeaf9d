import Glibc
import NIOSSL

/// A self-signed certificate for `localhost`, made for these tests only and valid for a century.
struct TestIdentity {
    /// The certificate as a file, to be named as a CA.
    let certificateFile: String

    /// Writes the certificate to a temporary file.
    static func shared() throws -> TestIdentity {
        let path = "/tmp/relay-upstream-tests-\(getpid()).pem"
        let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw IdentityError() }
        defer { close(descriptor) }
        let bytes = Array((certificate + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw IdentityError() }
        return TestIdentity(certificateFile: path)
    }

    struct IdentityError: Error {}

    func serverContext() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(Self.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBlDCCATugAwIBAgIURnzK1sAb9I4dJkR7jQoh/edZplQwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDIxNDYxNFoYDzIxMjYxMDMx
        MjE0NjE0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAARcCw4tDthdy9PbFGuF2sUBwObjsJD4Fo6Q13iLXns0anvs7jW+R6Yr
        HNzq3xuVxdRQkz3kBniaxIXK9i3yzsAko2kwZzAdBgNVHQ4EFgQUKewqYXyV/FAP
        GqKlvIFmBlwcsOQwHwYDVR0jBBgwFoAUKewqYXyV/FAPGqKlvIFmBlwcsOQwFAYD
        VR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
        RwAwRAIgW4wRBZK822isk99WJBop7z9zyugbIl1Ecc8R8NNa0q8CIFPSc1x5Nfah
        8UR0pDJeNns9WsOcSZAc6LtmdsczIrh6
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgg3OuL5YCeS4pulh/
        L61+OhyxCdkoJLyc9VRukjXJzsuhRANCAARcCw4tDthdy9PbFGuF2sUBwObjsJD4
        Fo6Q13iLXns0anvs7jW+R6YrHNzq3xuVxdRQkz3kBniaxIXK9i3yzsAk
        -----END PRIVATE KEY-----
        """
}
