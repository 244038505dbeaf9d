import Testing

@testable import RelayProcessor

@Suite struct TextClassesTests {
    /// The tables answer what the standard library answers, for every scalar value.
    @Test func tablesAreComplete() {
        var differing: [UInt32] = []
        for value in UInt32(0)...0x10FFFF {
            if TextClasses.isWord(value) != TextClasses.isWordByProperties(value)
                || TextClasses.isDigit(value) != TextClasses.isDigitByProperties(value)
            {
                differing.append(value)
            }
        }
        #expect(differing.isEmpty)
    }
}
