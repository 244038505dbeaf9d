import Config
import FuzzSupport
import Glibc

@main
enum FuzzConfig {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                load(&input)
                return 0
            })
    }
}

/// A folder in memory where the loader finds the input as a file.
private let folder: String = {
    let path = "/dev/shm/relay-fuzz-\(getpid())"
    mkdir(path, 0o700)
    return path
}()

/// Reads the input as YAML, and as `config.yml` or `credentials.json`: an error is a list of
/// problems that say something.
private func load(_ input: inout FuzzInput) {
    let isCredentials = input.byte() & 1 == 1
    let bytes = Array(input.rest())
    do throws(YamlError) {
        _ = try YamlReader.read(bytes)
    } catch {
        promise(!error.problem.isEmpty, "an error says what is wrong")
        promise(error.line ?? 1 >= 1, "lines are counted from 1")
    }
    let path = "\(folder)/\(isCredentials ? "credentials.json" : "config.yml")"
    guard (try? ConfigFile.write(bytes, to: path, mode: 0o600)) != nil else { return }
    defer { unlink(path) }
    do throws(ConfigError) {
        if isCredentials {
            _ = try RelayConfig.loadCredentials(directory: folder)
        } else {
            _ = try RelayConfig.load(directory: folder, environment: [:])
        }
    } catch {
        promise(!error.problems.isEmpty, "an error names a problem")
        for problem in error.problems { promise(!problem.problem.isEmpty, "a problem is named") }
    }
}
