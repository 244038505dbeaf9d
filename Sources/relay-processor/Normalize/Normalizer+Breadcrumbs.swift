import JSON

/// Breadcrumbs get a type and a level.
extension Normalizer {
    func normalizeBreadcrumbs() {
        for crumb in document.children(of: values(Key.breadcrumbs)) where kind(crumb) == .object {
            let type = entry(Key.type, in: crumb)
            if text(type)?.isEmpty != false { document.setString(type, "default") }
            let level = entry(Key.level, in: crumb)
            if !has(level) { document.setString(level, "info") }
        }
    }
}
