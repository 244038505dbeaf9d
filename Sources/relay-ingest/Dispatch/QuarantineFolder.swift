import Glibc

/// Keeps envelopes whose processors died, one file each, for somebody to look at. They hold raw
/// events: the folder is 0700, the files 0600. Bounded; when it is full, further ones are not kept.
final class QuarantineFolder {
    private let path: String
    private let filesMax: Int
    private let bytesMax: Int
    /// What lies in the folder; nil before the first look.
    private var usage: (files: Int, bytes: Int)?

    /// A folder that is made when it is first needed.
    init(path: String, filesMax: Int = 100, bytesMax: Int = 64 << 20) {
        self.path = path
        self.filesMax = filesMax
        self.bytesMax = bytesMax
    }

    /// What became of an envelope.
    enum Result: Hashable {
        case kept(path: String)
        case full
        /// The system's error number.
        case failed(errno: Int32)
    }

    /// Writes an envelope. Blocks for the time of one small write, which happens only after
    /// processors died.
    func keep(_ envelope: [UInt8], name: String) -> Result {
        if mkdir(path, 0o700) != 0, errno == ENOENT, let slash = path.lastIndex(of: "/") {
            // The state folder itself may not be there yet.
            mkdir(String(path[..<slash]), 0o700)
            mkdir(path, 0o700)
        }
        let used = usage ?? look()
        guard used.files < filesMax, envelope.count <= bytesMax - used.bytes else { return .full }
        let file = "\(path)/\(name).envelope"
        let descriptor = open(
            file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return .failed(errno: errno) }
        defer { close(descriptor) }
        var written = 0
        while written < envelope.count {
            let count = envelope[written...].withUnsafeBytes {
                write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let number = errno
                unlink(file)
                return .failed(errno: number)
            }
            written += count
        }
        usage = (used.files + 1, used.bytes + envelope.count)
        return .kept(path: file)
    }

    private func look() -> (files: Int, bytes: Int) {
        guard let folder = opendir(path) else { return (0, 0) }
        defer { closedir(folder) }
        var files = 0
        var bytes = 0
        while let entry = readdir(folder), files < filesMax {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard name.hasSuffix(".envelope"), lstat("\(path)/\(name)", &status) == 0 else {
                continue
            }
            files += 1
            bytes += Int(status.st_size)
        }
        return (files, bytes)
    }
}
