import JSON

/// Debug images: old Apple images become Mach-O ones, unknown types are refused.
extension Normalizer {
    func convertAppleImages() {
        for image in document.children(of: find(Key.images, in: find(Key.debugMeta, in: event)))
        where isText(find(Key.type, in: image), "apple") {
            document.setString(find(Key.type, in: image), "macho")
            // Fields of the new form that the old one does not know are lost.
            document.removeChildren(of: image) {
                switch document.keyID(of: $0) {
                case Key.codeID, Key.codeFile, Key.debugID: true
                default:
                    document.hasKey($0, "debug_file") || document.hasKey($0, "debug_checksum")
                }
            }
            rename(Key.uuid, to: Key.debugID, in: image)
            rename(Key.name, to: Key.codeFile, in: image)
            document.removeChildren(of: image) {
                document.hasKey($0, "cpu_type") || document.hasKey($0, "cpu_subtype")
            }
        }
    }

    private func rename(_ old: JSONKeyID, to new: JSONKeyID, in object: JSONNode) {
        let node = find(old, in: object)
        guard node.exists else { return }
        document.removeChildren(of: object) { document.keyID(of: $0) == new }
        document.setKey(node, new)
    }

    func normalizeDebugImages() {
        for image in document.children(of: find(Key.images, in: find(Key.debugMeta, in: event)))
        where kind(image) == .object {
            let field = schema.refine(schema.imageField, image, in: document)
            if field == schema.images.other { reject(image, "unsupported debug image type") }
        }
    }
}
