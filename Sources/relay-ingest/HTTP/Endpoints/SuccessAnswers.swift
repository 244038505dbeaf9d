import Model

/// What clients get for an accepted event.
enum SuccessAnswers {
    /// `{"id":"…"}`, `{}` without an id, nothing for browsers' reports, a pixel for pixels.
    static func answer(_ route: Route, _ id: EventID?) -> Answer {
        switch route {
        case .pixel:
            return Answer(
                status: 200, contentType: "image/gif",
                headers: [(name: "cache-control", value: "no-store")], body: .bytes(pixel))
        case .security: return Answer(status: 200)
        default:
            guard let id else { return .json(200, "{}") }
            return .json(200, "{\"id\":\"\(id)\"}")
        }
    }

    /// A transparent GIF of one pixel, 43 bytes.
    static let pixel: [UInt8] = [
        // Signature, 1 x 1, two colours.
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00,
        // White and black.
        0xff, 0xff, 0xff, 0x00, 0x00, 0x00,
        // The first colour is transparent.
        0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00,
        // One image with one pixel, the end.
        0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00,
        0x3b,
    ]
}
