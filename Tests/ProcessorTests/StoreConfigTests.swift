import JSON
import Testing

@testable import RelayProcessor

/// What the options of normalisation do; each was measured with the reference.
@Suite struct StoreConfigTests {
    private let harness = EngineHarness()

    private func normalized(_ event: String, _ config: String) throws -> JSONValue {
        let json = try JSONValue(parsing: config)
        return try harness.normalized(event) {
            $0 = try NormalizationContext(
                storeConfig: json, nowMicroseconds: 1_700_000_000_000_000)
        }
    }

    private static let report = #"{"type":"csp","csp":{"effective_directive":"img-src"}"#

    @Test func unknownAttributesGoUnlessItIsDoneAgain() throws {
        let event = #"{"request":{"bar":2}}"#
        #expect(try normalized(event, "{}")["request"] == nil)
        let kept = try normalized(event, #"{"is_renormalize":true}"#)
        #expect(kept["request"]?["bar"] == .number("2"))
        let again = try normalized(event, #"{"is_renormalize":true,"remove_other":true}"#)
        #expect(again["request"] == nil)
    }

    @Test func imagesOfUnknownTypesAreEmptiedTheSecondTime() throws {
        let event = #"{"debug_meta":{"images":[{"type":"odd","name":"x"}]}}"#
        let result = try normalized(event, #"{"is_renormalize":true,"remove_other":true}"#)
        #expect(result["debug_meta"]?["images"]?.text() == "[{}]")
    }

    @Test func aGroupingThatIsNoObjectIsAnError() throws {
        let result = try normalized("{}", #"{"grouping_config":5}"#)
        #expect(result["grouping_config"] == .null)
        #expect(result["errors"]?[0]?["name"]?.stringValue == "grouping_config")
        #expect(result["errors"]?[0]?["value"] == .number("5"))
    }

    @Test func headersOfTheRequestAreAddedToReports() throws {
        let result = try normalized(
            Self.report + #","request":{"headers":[["User-Agent",null],["sec-ch-ua","a"]]}}"#,
            #"{"user_agent":"curl/8.0","client_hints":{"sec_ch_ua":"b","sec_ch_ua_model":""}}"#)
        #expect(
            result["request"]?["headers"]?.text()
                == #"[["User-Agent",null],["Sec-Ch-Ua","a"],["SEC-CH-UA","b"],["SEC-CH-UA-Model",""]]"#
        )
    }

    @Test func theLastHeaderOfANameCounts() throws {
        let result = try normalized(
            #"{"request":{"headers":[["SEC-CH-UA-Platform"," \"a\" b\""],["sec-ch-ua-platform","\"\""]]}}"#,
            #"{"normalize_user_agent":true}"#)
        #expect(result["contexts"]?["client_os"] == nil)
    }

    @Test func hintsLoseTheirQuotes() throws {
        let result = try normalized(
            Self.report + "}",
            #"""
            {"normalize_user_agent":true,"client_hints":{"sec_ch_ua_platform":" \"mac\"OS ",
             "sec_ch_ua_platform_version":"\"\"","sec_ch_ua_model":"\" x\""}}
            """#)
        #expect(
            result["contexts"]?["client_os"]?.text()
                == #"{"name":"macOS","os":"macOS ","type":"os","version":""}"#)
        #expect(result["contexts"]?["device"]?.text() == #"{"model":" x","type":"device"}"#)
    }

    @Test func aWrongClockMovesTheReceiptOfSpansToo() throws {
        let result = try normalized(
            #"{"timestamp":1600000000,"spans":[{"received":1600000001}]}"#,
            #"{"max_secs_in_past":60,"remove_other":true}"#)
        #expect(result["timestamp"] == .number("1700000000.0"))
        #expect(result["spans"]?[0]?["received"] == .number("1700000001.0"))
    }
}
