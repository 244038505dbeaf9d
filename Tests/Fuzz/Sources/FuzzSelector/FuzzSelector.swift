import FuzzSupport
import Glibc
import RelayProcessor

@main
enum FuzzSelector {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                read(&input)
                return 0
            })
    }
}

/// A selector that can be read is printed so that it reads the same again.
private func read(_ input: inout FuzzInput) {
    let text = String(decoding: input.rest(), as: UTF8.self)
    guard let selector = try? Selector(parsing: text) else { return }
    let printed = selector.description
    guard let again = try? Selector(parsing: printed) else {
        promise(false, "what was printed can be read")
        return
    }
    promise(again.description == printed, "printing is stable")
    promise(!(selector < selector), "the order is strict")
}
