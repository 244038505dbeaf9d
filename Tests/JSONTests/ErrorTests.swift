import JSON
import Testing

@Suite struct ErrorTests {
    @Test(arguments: [
        ("", JSONError.Kind.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[", .unexpectedEnd, 1),
        ("[1,", .unexpectedEnd, 3), ("{\"a\"", .unexpectedEnd, 4), ("\"abc", .unexpectedEnd, 4),
        ("[x]", .unexpectedCharacter, 1), ("[1}", .expectedCommaOrEnd, 2),
        ("{1:2}", .expectedKey, 1),
        ("{\"a\";1}", .expectedColon, 4), ("[tru]", .invalidLiteral, 1), ("[-]", .invalidNumber, 2),
        ("[1.e3]", .invalidNumber, 3), (#"["a\q"]"#, .invalidEscape, 3),
        (#"["\ud800"]"#, .loneSurrogate, 2), ("[\"a\u{1}\"]", .controlCharacter, 3),
        ("[] []", .trailingBytes, 3), ("[]\u{0}", .trailingBytes, 2),
        ("[\u{0}", .unexpectedCharacter, 1),
    ])
    func kindAndPlace(text: String, kind: JSONError.Kind, offset: Int) {
        #expect(smallDocument().failure(text) == JSONError(kind, offset: offset))
    }

    @Test func sentencesNameThePlace() {
        #expect(
            JSONError(.loneSurrogate, offset: 7).description
                == "lone surrogate in a \\u escape at byte 7")
        for kind in JSONError.Kind.allCases { #expect(kind.message.utf8CodeUnitCount > 8) }
    }

    /// A text cut anywhere is refused, and the place is inside it.
    @Test func everyTruncationIsRefused() {
        let text = Array(
            #"{"key é":[-12.5e+3,true,false,null,"a\u00e9\ud83d\ude00\n",{"😀":{}}],"k":[]} "#.utf8)
        let document = smallDocument()
        #expect(document.failure(text) == nil)
        for count in 0..<(text.count - 1) {
            let failure = document.failure(Array(text[..<count]))
            #expect(failure != nil, "cut at \(count)")
            #expect((failure?.offset ?? -1) <= count)
        }
    }

    /// What lay in the arena before must not complete a text that was cut.
    @Test func staleBytesAreNotRead() {
        let document = smallDocument()
        for count in 1..<40 {
            let long = "[\"" + String(repeating: "a", count: 100) + "\",true,12345678]"
            #expect(document.failure(long) == nil)
            #expect(document.failure("[\"" + String(repeating: "a", count: count)) != nil)
            #expect(document.failure("[tru") != nil)
            #expect(document.failure("[1234567") != nil)
        }
    }
}
