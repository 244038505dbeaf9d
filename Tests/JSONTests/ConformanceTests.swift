import JSON
import Testing

/// Cases in the three classes that JSON test suites use: texts every reader must accept (y_), must
/// refuse (n_), and those where readers differ (i_), for which our choice is written down.
@Suite struct ConformanceTests {
    static let accepted: [(String, String)] = [
        ("y_array_empty", "[]"), ("y_array_spaces", "[ \n\t\r]"), ("y_array_nested", "[[]   ]"),
        ("y_array_several", "[1,null,\"a\",{},[]]"), ("y_array_lonely_false", "[false]"),
        ("y_number_zero", "[0]"), ("y_number_minus_zero", "[-0]"), ("y_number_int", "[123]"),
        ("y_number_exponent", "[1e1]"), ("y_number_exponent_plus", "[1E+2]"),
        ("y_number_exponent_minus", "[1e-2]"), ("y_number_fraction", "[0.5]"),
        ("y_number_fraction_exponent", "[123.456e78]"), ("y_number_zero_exponent", "[0e+1]"),
        ("y_number_many_digits", "[" + String(repeating: "1", count: 400) + "]"),
        ("y_number_close_to_zero", "[-0.000000000000000000000000000000000000000000000000001]"),
        ("y_object_empty", "{}"), ("y_object_empty_key", "{\"\":0}"),
        ("y_object_duplicate", "{\"a\":1,\"a\":1}"), ("y_object_nested", "{\"a\":{\"b\":[{}]}}"),
        ("y_object_nul_key", "{\"a\\u0000b\":0}"),
        ("y_object_spaces", " { \"a\" : 1 , \"b\" : 2 } "),
        ("y_string_escapes", #"["\"\\\/\b\f\n\r\t"]"#), ("y_string_hex", #"["\u00e9\uFFFF"]"#),
        ("y_string_pair", #"["\ud83d\ude00"]"#),
        ("y_string_raw", "[\"é€😀\u{7F}\u{2028}\u{FEFF}\"]"),
        ("y_string_nul", #"["\u0000"]"#), ("y_string_noncharacter", "[\"\u{FFFF}\u{10FFFF}\"]"),
        ("y_string_backslash_u", #"["\\u0000"]"#), ("y_string_comment", #"["a/*b*/c//d"]"#),
        ("y_root_string", "\"asd\""), ("y_root_null", "null"), ("y_root_number", "42"),
        ("y_root_true", " true "), ("y_trailing_newline", "[\"a\"]\n"),
        ("y_string_15", "\"" + String(repeating: "a", count: 15) + "\""),
        ("y_string_16", "\"" + String(repeating: "a", count: 16) + "\""),
        ("y_string_17", "\"" + String(repeating: "a", count: 17) + "\""),
    ]

    static let refused: [(String, String)] = [
        ("n_empty", ""), ("n_space_only", " "), ("n_array_unclosed", "[1"), ("n_array_open", "["),
        ("n_array_comma", "[1,]"), ("n_array_double_comma", "[1,,2]"), ("n_array_first", "[,1]"),
        ("n_array_colon", "[1:2]"), ("n_array_no_comma", "[1 2]"), ("n_array_extra", "[1]]"),
        ("n_array_wrong_close", "[1}"), ("n_array_star", "[*]"), ("n_array_just_minus", "[-]"),
        ("n_array_newline_string", "[\"a\n\"]"), ("n_object_wrong_close", "{\"a\":1]"),
        ("n_object_comma", "{\"a\":1,}"), ("n_object_no_colon", "{\"a\" 1}"),
        ("n_object_no_value", "{\"a\":}"), ("n_object_no_key", "{:1}"),
        ("n_object_bare_key", "{a:1}"), ("n_object_single_quotes", "{'a':1}"),
        ("n_object_number_key", "{1:1}"), ("n_object_two_colons", "{\"a\"::1}"),
        ("n_object_trailing_comment", "{\"a\":1}/**/"), ("n_object_unclosed", "{\"a\":1"),
        ("n_number_plus", "[+1]"), ("n_number_leading_zero", "[01]"), ("n_number_dot", "[.5]"),
        ("n_number_ends_dot", "[1.]"), ("n_number_double_dot", "[1.2.3]"),
        ("n_number_exponent", "[1e]"), ("n_number_exponent_sign", "[1e+]"),
        ("n_number_hex", "[0x1]"), ("n_number_minus_space", "[- 1]"), ("n_number_nan", "[NaN]"),
        ("n_number_infinity", "[Infinity]"), ("n_number_minus_infinity", "[-Infinity]"),
        ("n_number_minus_zero_digits", "[-01]"), ("n_number_letter", "[1a]"),
        ("n_number_fullwidth", "[\u{FF11}]"), ("n_literal_case", "[True]"),
        ("n_literal_short", "[tru]"), ("n_literal_long", "[nullx]"), ("n_literal_fals", "[fals]"),
        ("n_literal_falsy", "[falsy]"), ("n_string_unclosed", "[\"a]"),
        ("n_string_escape_x", #"["\x00"]"#), ("n_string_escape_end", #"["\"]"#),
        ("n_string_short_hex", #"["\u00A"]"#), ("n_string_bad_hex", #"["\u00zz"]"#),
        ("n_string_capital_u", #"["\U0001"]"#), ("n_string_tab", "[\"\t\"]"),
        ("n_string_nul", "[\"a\u{0}b\"]"), ("n_string_single_quotes", "['a']"),
        ("n_string_lone_high", #"["\ud800"]"#), ("n_string_lone_low", #"["\udc00"]"#),
        ("n_string_high_high", #"["\ud800\ud800"]"#), ("n_string_high_text", #"["\ud800abc"]"#),
        ("n_string_high_escape", #"["\ud800\n"]"#), ("n_root_two", "1 2"),
        ("n_root_two_arrays", "[][]"), ("n_root_nul", "[]\u{0}"), ("n_root_bracket", "]"),
        ("n_root_bom", "\u{FEFF}[]"), ("n_space_formfeed", "[\u{C}]"), ("n_space_nbsp", "[\u{A0}]"),
        ("n_comment", "[1/*x*/]"), ("n_root_garbage", "{}x"), ("n_root_word", "undefined"),
    ]

    static let malformedUTF8: [(String, [UInt8])] = [
        ("n_utf8_lone_continuation", [0x80]), ("n_utf8_ff", [0xFF]), ("n_utf8_fe", [0xFE]),
        ("n_utf8_overlong_2", [0xC0, 0xAF]), ("n_utf8_overlong_2b", [0xC1, 0xBF]),
        ("n_utf8_overlong_3", [0xE0, 0x80, 0xAF]), ("n_utf8_overlong_4", [0xF0, 0x80, 0x80, 0xAF]),
        ("n_utf8_surrogate", [0xED, 0xA0, 0x80]), ("n_utf8_too_high", [0xF4, 0x90, 0x80, 0x80]),
        ("n_utf8_f5", [0xF5, 0x80, 0x80, 0x80]), ("n_utf8_cut_2", [0xC3]),
        ("n_utf8_cut_3", [0xE2, 0x82]), ("n_utf8_cut_4", [0xF0, 0x9F, 0x98]),
        ("n_utf8_latin1", [0xE9]), ("n_utf8_latin1_text", [0x61, 0xE9, 0x61]),
        ("n_utf8_second_bad", [0xC3, 0xA9, 0xC3, 0x28]),
    ]

    @Test(arguments: accepted)
    func accepts(name: String, text: String) {
        let document = smallDocument()
        #expect(document.failure(text) == nil)
        #expect(NaiveReader.accepts(Array(text.utf8)))
    }

    @Test(arguments: refused)
    func refuses(name: String, text: String) {
        let document = smallDocument()
        #expect(document.failure(text) != nil)
        #expect(!NaiveReader.accepts(Array(text.utf8)))
        #expect(document.nodesUsed == 0)
    }

    @Test(arguments: malformedUTF8)
    func refusesMalformedUTF8(name: String, bytes: [UInt8]) {
        let document = smallDocument()
        // As a string, as a key, behind a long plain run, and behind an escape.
        for prefix in ["[\"", "{\"", "[\"" + String(repeating: "x", count: 40), "[\"\\n\\u0041"] {
            let text = Array(prefix.utf8) + bytes + Array("\"]".utf8)
            #expect(document.failure(text)?.kind == .invalidUTF8, "\(prefix)")
        }
        #expect(document.failure(bytes) != nil)
    }

    /// Texts where readers differ.
    @Test func ownChoices() throws {
        let document = smallDocument()
        // i_number_huge_exponent: kept as text, infinite as a value.
        let huge = try document.parse("[1e400]")
        #expect(document.text(huge) == "[1e400]")
        #expect(document.double(of: document.firstChild(of: huge)) == .infinity)
        // i_string_lone_surrogate: refused, replaced on demand.
        let replaced = try document.parse(
            #"["\ud800","\udc00x","\ud800\ud83d\ude00","\udbff\n"]"#,
            options: .replaceLoneSurrogates)
        #expect(
            document.text(replaced) == "[\"\u{FFFD}\",\"\u{FFFD}x\",\"\u{FFFD}😀\",\"\u{FFFD}\\n\"]")
        #expect(
            document.failure(#"["\ud800\uzzzz"]"#, options: .replaceLoneSurrogates)?.kind
                == .invalidEscape)
        // i_structure_bom: refused (in `refused`). i_structure_500_nested: over the depth limit.
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(document.failure(deep)?.kind == .depthExceeded)
    }

    @Test func pythonConstantsAreZeroOnDemand() throws {
        let document = smallDocument()
        let root = try document.parse(
            #"{"a":NaN,"b":[Infinity,-Infinity],"c":-1}"#, options: .pythonConstants)
        #expect(document.text(root) == #"{"a":0,"b":[0,0],"c":-1}"#)
        for text in ["[nan]", "[NaNa]", "[Infinit]", "[-Inf]", "[-NaN]", "[+Infinity]"] {
            #expect(document.failure(text, options: .pythonConstants) != nil, "\(text)")
        }
    }
}
