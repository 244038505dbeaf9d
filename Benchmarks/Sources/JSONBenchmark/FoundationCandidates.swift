import Foundation

/// What an ordinary Swift server would use.
struct FoundationJSON {
    let payloads: [Data]

    func parseAll() {
        for payload in payloads {
            _ = try? JSONSerialization.jsonObject(with: payload, options: .fragmentsAllowed)
        }
    }

    func parseAndWriteAll() {
        for payload in payloads {
            guard let value = try? JSONSerialization.jsonObject(with: payload),
                JSONSerialization.isValidJSONObject(value)
            else { continue }
            _ = try? JSONSerialization.data(withJSONObject: value)
        }
    }
}
