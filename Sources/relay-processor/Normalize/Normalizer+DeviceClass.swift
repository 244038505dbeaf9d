import JSON

/// The tag `device.class`: 1 slow, 2 medium, 3 fast, from the device's model or its hardware.
extension Normalizer {
    func normalizeDeviceClass() {
        removeElement(ofKey: "device.class", from: find(Key.tags, in: event))
        let device = eventContext(Key.device, "device")
        guard device.exists, let name = deviceClass(device) else { return }
        let tags = entry(Key.tags, in: event)
        if kind(tags) == .null { document.setEmptyArray(tags) }
        guard kind(tags) == .array else { return }
        let value = document.makeString(EventMeta.bytes(name))
        setPair(EventMeta.bytes("device.class"), value, in: tags)
    }

    private func deviceClass(_ device: JSONNode) -> StaticString? {
        let family = find(Key.family, in: device)
        guard has(family) else { return nil }
        if isText(family, "iPhone") || isText(family, "iOS") || isText(family, "iOS-Device") {
            guard let model = text(find(Key.model, in: device)) else { return nil }
            return AppleModels.deviceClass(String(decoding: model, as: UTF8.self))
        }
        guard
            let frequency = document.uint64(of: document.find("processor_frequency", in: device)),
            let processors = document.uint64(of: document.find("processor_count", in: device)),
            let memory = document.uint64(of: document.find("memory_size", in: device))
        else { return nil }
        if frequency < 2000 || processors < 8 || memory < 4 << 30 { return "1" }
        return frequency < 2500 || memory < 6 << 30 ? "2" : "3"
    }
}

/// Apple's model names by speed; those not listed are newer and fast.
enum AppleModels {
    static func deviceClass(_ model: String) -> StaticString {
        slow.contains(model) ? "1" : medium.contains(model) ? "2" : "3"
    }

    private static let slow: Set<String> = [
        "iPad1,1", "iPad2,1", "iPad2,2", "iPad2,3", "iPad2,4", "iPad2,5", "iPad2,6", "iPad2,7",
        "iPad3,1", "iPad3,2", "iPad3,3", "iPad3,4", "iPad3,5", "iPad3,6", "iPad4,1", "iPad4,2",
        "iPad4,3", "iPad4,4", "iPad4,5", "iPad4,6", "iPad4,7", "iPad4,8", "iPad4,9", "iPad5,1",
        "iPad5,2", "iPad5,3", "iPad5,4", "iPad6,11", "iPad6,12", "iPhone1,1", "iPhone1,2",
        "iPhone2,1", "iPhone3,1", "iPhone3,2", "iPhone3,3", "iPhone4,1", "iPhone5,1", "iPhone5,2",
        "iPhone5,3", "iPhone5,4", "iPhone6,1", "iPhone6,2", "iPhone7,1", "iPhone7,2", "iPhone8,1",
        "iPhone8,2", "iPhone8,4",
    ]

    private static let medium: Set<String> = [
        "iPad11,1", "iPad11,2", "iPad11,3", "iPad11,4", "iPad11,6", "iPad11,7", "iPad12,1",
        "iPad12,2", "iPad6,3", "iPad6,4", "iPad6,7", "iPad6,8", "iPad7,1", "iPad7,11", "iPad7,12",
        "iPad7,2", "iPad7,3", "iPad7,4", "iPad7,5", "iPad7,6", "iPad8,1", "iPad8,10", "iPad8,11",
        "iPad8,12", "iPad8,2", "iPad8,3", "iPad8,4", "iPad8,5", "iPad8,6", "iPad8,7", "iPad8,8",
        "iPad8,9", "iPhone10,1", "iPhone10,2", "iPhone10,3", "iPhone10,4", "iPhone10,5",
        "iPhone10,6", "iPhone11,2", "iPhone11,4", "iPhone11,6", "iPhone11,8", "iPhone12,1",
        "iPhone12,3", "iPhone12,5", "iPhone12,8", "iPhone9,1", "iPhone9,2", "iPhone9,3",
        "iPhone9,4",
    ]
}
