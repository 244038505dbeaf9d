#if HAS_YYJSON
    import CYyjson
    import Glibc

    /// yyjson with its pool allocator: memory is set up once, as in our core.
    final class Yyjson {
        private let payloads: [[UInt8]]
        private let pool: UnsafeMutableRawPointer
        private let poolBytes: Int
        private let writePool: UnsafeMutableRawPointer
        private var allocator = yyjson_alc()
        private var writeAllocator = yyjson_alc()

        init(payloads: [[UInt8]]) {
            self.payloads = payloads
            poolBytes = (payloads.map(\.count).max() ?? 1) * 40 + (1 << 20)
            pool = .allocate(byteCount: poolBytes, alignment: 64)
            writePool = .allocate(byteCount: poolBytes, alignment: 64)
        }

        func parseAll() {
            for payload in payloads {
                guard let document = read(payload) else { exit(1) }
                yyjson_doc_free(document)
            }
        }

        func parseMutateWriteAll() {
            for payload in payloads {
                guard let document = read(payload) else { exit(1) }
                yyjson_alc_pool_init(&writeAllocator, writePool, poolBytes)
                let copy = yyjson_doc_mut_copy(document, &allocator)
                mutate(copy, yyjson_mut_doc_get_root(copy))
                var length = 0
                let text = yyjson_mut_write_opts(copy, 0, &writeAllocator, &length, nil)
                if text == nil { exit(1) }
            }
        }

        private func read(_ payload: [UInt8]) -> UnsafeMutablePointer<yyjson_doc>? {
            yyjson_alc_pool_init(&allocator, pool, poolBytes)
            return payload.withUnsafeBytes { bytes in
                let text = UnsafeMutablePointer(
                    mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
                return yyjson_read_opts(text, bytes.count, 0, &allocator, nil)
            }
        }

        private func mutate(
            _ document: UnsafeMutablePointer<yyjson_mut_doc>?,
            _ root: UnsafeMutablePointer<yyjson_mut_val>?
        ) {
            guard yyjson_mut_is_obj(root) else { return }
            yyjson_mut_obj_add_real(document, root, "received", 1_700_000_000.25)
            yyjson_mut_obj_remove_key(root, "user")
            var seen = 0
            redact(yyjson_mut_obj_get(root, "breadcrumbs"), &seen)
        }

        private func redact(_ value: UnsafeMutablePointer<yyjson_mut_val>?, _ seen: inout Int) {
            if yyjson_mut_is_str(value) {
                seen += 1
                if seen % 10 == 0 { yyjson_mut_set_str(value, filteredText) }
            } else if yyjson_mut_is_arr(value) {
                var iterator = yyjson_mut_arr_iter()
                yyjson_mut_arr_iter_init(value, &iterator)
                while let element = yyjson_mut_arr_iter_next(&iterator) { redact(element, &seen) }
            } else if yyjson_mut_is_obj(value) {
                var iterator = yyjson_mut_obj_iter()
                yyjson_mut_obj_iter_init(value, &iterator)
                while let key = yyjson_mut_obj_iter_next(&iterator) {
                    redact(yyjson_mut_obj_iter_get_val(key), &seen)
                }
            }
        }
    }

    private nonisolated(unsafe) let filteredText = UnsafePointer(strdup("[Filtered]"))
#endif
