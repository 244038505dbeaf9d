import Glibc

/// CPU time of this process in nanoseconds.
func processCPUNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// One thing that is measured: a name and a pass over all payloads.
struct Candidate {
    let name: String
    /// Passes per round, so that slow and fast candidates take similar time.
    let passes: Int
    let pass: () -> Void
}

/// Runs all candidates in turn, round by round, so that a noisy moment hits every one of them;
/// answers the median nanoseconds per pass.
func measure(_ candidates: [Candidate], rounds: Int) -> [Double] {
    var samples = [[Double]](repeating: [], count: candidates.count)
    for round in 0...rounds {
        for (index, candidate) in candidates.enumerated() {
            let start = processCPUNanoseconds()
            for _ in 0..<candidate.passes { candidate.pass() }
            let spent = processCPUNanoseconds() - start
            // The first round warms caches and the arenas.
            if round > 0 { samples[index].append(Double(spent) / Double(candidate.passes)) }
        }
    }
    return samples.map { $0.sorted()[$0.count / 2] }
}
