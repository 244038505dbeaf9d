import JSON

/// The user's IP address: `{{auto}}` is the sender's, and it may be taken from the request.
extension Normalizer {
    private enum Inference {
        case auto, never, legacy
    }

    func normalizeAddresses() {
        let setting = find(Key.inferIP, in: find(Key.settings, in: find(Key.sdk, in: event)))
        let inference: Inference =
            isText(setting, "auto") ? .auto : isText(setting, "never") ? .never : .legacy
        let sender = context.infersClientIP ? context.clientIP : nil
        let user = find(Key.user, in: event)
        let address = find(Key.ipAddress, in: user)
        let remote = find(
            Key.remoteAddress, in: find(Key.env, in: find(Key.request, in: event)))

        if inference == .never {
            if isText(address, "{{auto}}") { document.setNull(address) }
            return
        }
        if let sender {
            if isText(address, "{{auto}}") { document.setString(address, sender) }
            if isText(remote, "{{auto}}") { document.setString(remote, sender) }
        }
        if !has(address) || isText(address, "{{auto}}"), let bytes = text(remote),
            IPAddress.isAddress(bytes) || isText(remote, "{{auto}}")
        {
            return setUserAddress(document.makeString(bytes))
        }
        guard let sender, !has(address) else { return }
        switch inference {
        case .auto: setUserAddress(document.makeString(sender))
        case .legacy:
            let platform = find(Key.platform, in: event)
            if isText(platform, "javascript") || isText(platform, "cocoa")
                || isText(platform, "objc")
            {
                setUserAddress(document.makeString(sender))
            }
        case .never: return
        }
    }

    private func setUserAddress(_ address: JSONNode) {
        let user = objectEntry(Key.user, in: event)
        guard user.exists else { return }
        document.setString(entry(Key.ipAddress, in: user), document.textBytes(of: address))
    }
}
