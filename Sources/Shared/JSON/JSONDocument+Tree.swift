/// Changes of the tree's shape.
extension JSONDocument {
    /// Appends a detached node to an array, or to an object under the key it has.
    ///
    /// - Returns: false, and no change, if `child` is `.none` or has a parent already, or `parent`
    ///   is neither array nor object.
    @discardableResult
    public func append(_ child: JSONNode, to parent: JSONNode) -> Bool {
        insert(child, into: parent, after: lastChild(of: parent))
    }

    /// Gives a detached node a known key and appends it.
    @discardableResult
    public func append(_ child: JSONNode, to parent: JSONNode, key: JSONKeyID) -> Bool {
        setKey(child, key)
        return append(child, to: parent)
    }

    /// Gives a detached node a key and appends it.
    @discardableResult
    public func append(_ child: JSONNode, to parent: JSONNode, key: String) -> Bool {
        setKey(child, key)
        return append(child, to: parent)
    }

    /// Inserts a detached node behind `previous`, a child of `parent`; `.none` = in front of all.
    @discardableResult
    public func insert(_ child: JSONNode, into parent: JSONNode, after previous: JSONNode) -> Bool {
        let container = record(parent)
        guard child.exists, child != parent, container.pointee.isContainer, !isAttached(child),
            !previous.exists || isAttached(previous)
        else { return false }
        let record = record(child)
        if previous.exists {
            record.pointee.next = self.record(previous).pointee.next
            self.record(previous).pointee.next = child.index
        } else {
            record.pointee.next = container.pointee.first
            container.pointee.first = child.index
        }
        if record.pointee.next == 0 { container.pointee.last = child.index }
        container.pointee.count &+= 1
        record.pointee.flags |= JSONNodeFlags.attached
        return true
    }

    /// Takes a child out of its parent. It stays usable, detached, with its key. Walks the list;
    /// `removeNext` does not.
    ///
    /// - Returns: false if `child` is not a child of `parent`.
    @discardableResult
    public func remove(_ child: JSONNode, from parent: JSONNode) -> Bool {
        guard child.exists else { return false }
        var previous = JSONNode.none
        var current = firstChild(of: parent)
        while current.exists {
            if current == child { return removeNext(after: previous, from: parent) == child }
            previous = current
            current = next(after: current)
        }
        return false
    }

    /// Takes out the child behind `previous`, the first one for `.none`.
    ///
    /// - Returns: the child taken out, detached, or `.none`.
    @discardableResult
    public func removeNext(after previous: JSONNode, from parent: JSONNode) -> JSONNode {
        let container = record(parent)
        guard container.pointee.isContainer else { return .none }
        let child = JSONNode(
            index: previous.exists ? record(previous).pointee.next : container.pointee.first)
        guard child.exists else { return .none }
        let record = record(child)
        if previous.exists {
            self.record(previous).pointee.next = record.pointee.next
        } else {
            container.pointee.first = record.pointee.next
        }
        if record.pointee.next == 0 { container.pointee.last = previous.index }
        container.pointee.count &-= 1
        record.pointee.next = 0
        record.pointee.flags &= ~JSONNodeFlags.attached
        return child
    }

    /// Takes out every child for which `condition` holds, in one walk. Answers their number.
    @inlinable
    @discardableResult
    public func removeChildren(
        of parent: JSONNode, where condition: (JSONNode) -> Bool
    ) -> Int {
        var removed = 0
        var previous = JSONNode.none
        var current = firstChild(of: parent)
        while current.exists {
            let following = next(after: current)
            if condition(current) {
                removeNext(after: previous, from: parent)
                removed += 1
            } else {
                previous = current
            }
            current = following
        }
        return removed
    }

    /// Gives `node` the value of `other` (children included), which becomes null. Key, place and
    /// annotation of `node` stay. `other` must not be inside or around `node`.
    public func moveValue(to node: JSONNode, from other: JSONNode) {
        guard node.exists, other.exists, node != other else { return }
        let target = record(node)
        let source = record(other)
        target.pointee.kind = source.pointee.kind
        target.pointee.flags =
            target.pointee.flags & JSONNodeFlags.placeMask
            | source.pointee.flags & ~JSONNodeFlags.placeMask
        target.pointee.first = source.pointee.first
        target.pointee.last = source.pointee.last
        target.pointee.count = source.pointee.count
        setNull(other)
    }

    /// A deep copy, detached, with the key but without annotations. Shares the text.
    ///
    /// `.none` if the nodes do not suffice or the tree is deeper than `limits.depthMax`.
    public func copy(_ node: JSONNode) -> JSONNode {
        copy(node, depth: 0)
    }

    private func copy(_ node: JSONNode, depth: Int) -> JSONNode {
        guard node.exists else { return .none }
        let target = make(.null)
        guard target.exists else { return .none }
        var record = record(node).pointee
        let isContainer = record.isContainer
        record.next = 0
        record.annotation = 0
        record.flags &= ~JSONNodeFlags.attached
        if isContainer {
            record.first = 0
            record.last = 0
            record.count = 0
        }
        nodes[Int(target.index)] = record
        guard isContainer else { return target }
        guard depth < limits.depthMax else {
            exhaust(.depthExceeded)
            return .none
        }
        var child = firstChild(of: node)
        while child.exists {
            let copied = copy(child, depth: depth + 1)
            guard copied.exists else { return .none }
            append(copied, to: target)
            child = next(after: child)
        }
        return target
    }
}
