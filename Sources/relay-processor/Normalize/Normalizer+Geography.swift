import JSON

/// The place of the user's address, or of the sender's.
extension Normalizer {
    func normalizeGeography() {
        guard let geography else { return }
        let user = find(Key.user, in: event)
        guard !has(user) || kind(user) == .object, !has(find(Key.geo, in: user)) else { return }
        guard let place = place(geography, find(Key.ipAddress, in: user)) else { return }
        let owner = objectEntry(Key.user, in: event)
        guard owner.exists else { return }
        let geo = entry(Key.geo, in: owner)
        meta.clear(geo)
        document.setEmptyObject(geo)
        for (key, text) in [
            (Key.countryCode, place.countryCode), (Key.city, place.city),
            (Key.subdivision, place.subdivision), (Key.region, place.region),
        ] {
            if let text { document.append(document.makeString(text), to: geo, key: key) }
        }
    }

    private func place(_ geography: GeoDatabase, _ address: JSONNode) -> GeoDatabase.Place? {
        if let bytes = text(address), IPAddress.isAddress(bytes) {
            return geography.place(of: bytes)
        }
        guard context.infersClientIP, var sender = context.clientIP else { return nil }
        return sender.withUTF8 { geography.place(of: UnsafeRawBufferPointer($0)) }
    }
}
