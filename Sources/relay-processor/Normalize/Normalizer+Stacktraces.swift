import JSON

/// Stack frames: placeholders go, file names and paths complete each other, context lines are text.
extension Normalizer {
    func normalizeStacktraces() {
        normalizeFrames(of: find(Key.stacktrace, in: event))
        for exception in document.children(of: values(Key.exception)) {
            normalizeFrames(of: find(Key.stacktrace, in: exception))
        }
        for thread in document.children(of: values(Key.threads)) {
            normalizeFrames(of: find(Key.stacktrace, in: thread))
        }
    }

    private func normalizeFrames(of stacktrace: JSONNode) {
        for frame in document.children(of: find(Key.frames, in: stacktrace))
        where kind(frame) == .object {
            normalizeFrame(frame)
        }
    }

    private struct FrameFields {
        var function = JSONNode.none
        var symbol = JSONNode.none
        var filename = JSONNode.none
        var absPath = JSONNode.none
        var preContext = JSONNode.none
        var contextLine = JSONNode.none
        var postContext = JSONNode.none
    }

    private func normalizeFrame(_ frame: JSONNode) {
        var fields = FrameFields()
        for child in document.children(of: frame) {
            switch document.keyID(of: child) {
            case Key.function: fields.function = child
            case Key.symbol: fields.symbol = child
            case Key.filename: fields.filename = child
            case Key.absPath: fields.absPath = child
            case Key.preContext: fields.preContext = child
            case Key.contextLine: fields.contextLine = child
            case Key.postContext: fields.postContext = child
            default: continue
            }
        }
        if isText(fields.function, "?") { document.setNull(fields.function) }
        if isText(fields.symbol, "?") { document.setNull(fields.symbol) }
        completePaths(frame, fields.filename, fields.absPath)
        fillContext(fields.preContext)
        fillContext(fields.postContext)
        if hasLines(fields.preContext) || hasLines(fields.postContext), !has(fields.contextLine) {
            document.setString(entry(Key.contextLine, in: frame), "")
        }
    }

    /// Whether there are lines, or an error says that there were.
    private func hasLines(_ lines: JSONNode) -> Bool {
        document.childCount(of: lines) > 0 || (lines.exists && !meta.isEmpty(lines))
    }

    private func fillContext(_ lines: JSONNode) {
        for line in document.children(of: lines) where kind(line) == .null {
            document.setString(line, "")
        }
    }

    private func completePaths(_ frame: JSONNode, _ filename: JSONNode, _ path: JSONNode) {
        var pathText = text(path)
        var filename = filename
        if pathText?.isEmpty != false {
            document.removeChildren(of: frame) { $0 == path || $0 == filename }
            guard filename.exists else { return }
            document.setKey(filename, Key.absPath)
            document.append(filename, to: frame)
            pathText = text(filename)
            filename = .none
        }
        guard text(filename)?.isEmpty != false, let full = pathText else { return }
        let target = filename.exists ? filename : entry(Key.filename, in: frame)
        meta.clear(target)
        if let name = URLText.pathOfResource(full) {
            document.setString(target, name)
        } else {
            document.setString(target, full)
        }
    }
}
