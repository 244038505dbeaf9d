import DequeModule
import Model

/// Names a connection to a processor; a processor that reconnects gets a new one.
struct WorkerID: Hashable, Sendable {
    let rawValue: UInt32
}

/// Names a job of a processor: one item of one envelope.
struct JobID: Hashable, Sendable {
    let ticket: StoreTicket
    let item: Int
}

/// Decides which processor gets which job. A value without I/O.
///
/// Each processor takes as many jobs as it granted credits; the least loaded one gets the next. Jobs
/// wait in one line per project, and the lines take turns (a revision stands for its project). When
/// a processor dies, any of its unanswered jobs may be what killed it: they become suspects and are
/// then sent one at a time to a processor that has nothing else, so that a deadly job takes no
/// others along. A job whose processor died more than `resendsMax` times is quarantined.
struct DispatcherStateMachine {
    /// Bounds, related to the protocol's.
    struct Limits: Hashable {
        /// Jobs that wait for a processor.
        var waitingMax = 1 << 20
        /// Processors beyond this many get nothing.
        var workersMax = 256
        /// How often a job is sent again after its processor died.
        var resendsMax = 2
        /// How often a job is sent again because its configuration was not known.
        var unknownRevisionsMax = 2
        /// Configurations that a processor is assumed to keep; older ones are forgotten.
        var revisionsMax = 1024
    }

    /// What the driver does.
    enum Action: Hashable {
        /// Send the job; before it the configuration of its revision when `configuration` is set,
        /// and before that the notice that `forget` will not be named again.
        case send(JobID, to: WorkerID, configuration: UInt64?, forget: UInt64?)
        /// Nobody may process this job any more.
        case quarantine(JobID)
        /// The processor never accepts the job's configuration: an error of ours or its.
        case fail(JobID)
    }

    /// Whether a job can wait here.
    enum Admission: Hashable {
        case admitted([Action])
        case refused(limit: Int)
    }

    private struct Worker {
        /// Jobs it may have at the same time.
        var credits: Int
        /// Jobs it has, in the order they were sent.
        var inFlight: [JobID] = []
        /// Takes no new jobs: it is leaving.
        var isDraining = false
        /// Gets nothing new until its jobs are done: a suspect comes next.
        var isReserved = false
        /// Has a suspect and therefore nothing else.
        var isSolo = false
        var revisions: Set<UInt64> = []
        var revisionOrder = Deque<UInt64>()
    }

    private struct Job {
        let revision: UInt64
        var worker: WorkerID?
        var deaths = 0
        var unknownRevisions = 0
        var isSuspect: Bool { deaths > 0 }
    }

    let limits: Limits
    private var workers: [WorkerID: Worker] = [:]
    private var jobs: [JobID: Job] = [:]
    private var waiting = FairQueue<UInt64, JobID>()
    private var suspects = Deque<JobID>()

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var workerCount: Int { workers.count }
    var jobCount: Int { jobs.count }
    var waitingCount: Int { waiting.count + suspects.count }

    // MARK: Events

    /// A processor is connected; its hello granted credits.
    mutating func workerJoined(_ id: WorkerID, credits: UInt32) -> [Action] {
        guard workers[id] == nil, workers.count < limits.workersMax else { return [] }
        workers[id] = Worker(credits: Int(credits))
        return dispatch()
    }

    /// A processor grants more jobs at the same time.
    mutating func creditsGranted(_ credits: UInt32, by id: WorkerID) -> [Action] {
        guard workers[id] != nil else { return [] }
        workers[id]?.credits += Int(credits)
        return dispatch()
    }

    /// A processor leaves: it answers what it has.
    mutating func workerDraining(_ id: WorkerID) -> [Action] {
        workers[id]?.isDraining = true
        workers[id]?.isReserved = false
        return dispatch()
    }

    /// The connection to a processor is gone. `wasClean`: it said good-bye before, so its end is
    /// nobody's fault; unanswered jobs are sent again all the same.
    mutating func workerLost(_ id: WorkerID, wasClean: Bool) -> [Action] {
        guard let worker = workers.removeValue(forKey: id) else { return [] }
        var actions: [Action] = []
        var again: [JobID] = []
        for job in worker.inFlight {
            jobs[job]?.worker = nil
            if wasClean {
                again.append(job)
                continue
            }
            jobs[job]?.deaths += 1
            if let deaths = jobs[job]?.deaths, deaths > limits.resendsMax {
                jobs[job] = nil
                actions.append(.quarantine(job))
            } else {
                suspects.append(job)
            }
        }
        for job in again.reversed() {
            comeBack(job)
        }
        return actions + dispatch()
    }

    /// A job to be done with the configuration of a revision (0: none is needed).
    mutating func enqueue(_ job: JobID, revision: UInt64) -> Admission {
        guard jobs[job] == nil else { return .admitted([]) }
        guard waitingCount < limits.waitingMax else {
            return .refused(limit: limits.waitingMax)
        }
        jobs[job] = Job(revision: revision)
        waiting.append(job, of: revision)
        return .admitted(dispatch())
    }

    /// A job that waits is not wanted any more. False when a processor has it.
    mutating func cancel(_ job: JobID) -> Bool {
        guard let known = jobs[job], known.worker == nil else { return false }
        jobs[job] = nil
        waiting.remove(job, of: known.revision)
        suspects.removeAll { $0 == job }
        return true
    }

    /// A processor has answered a job. False when the answer is not the one that is awaited.
    mutating func answered(_ job: JobID, by id: WorkerID) -> (isAwaited: Bool, [Action]) {
        guard jobs[job]?.worker == id else { return (false, []) }
        jobs[job] = nil
        release(job, from: id)
        return (true, dispatch())
    }

    /// A processor does not know the revision of a job: it gets the configuration (again).
    mutating func revisionUnknown(_ job: JobID, by id: WorkerID) -> [Action] {
        guard var known = jobs[job], known.worker == id else { return [] }
        release(job, from: id)
        if workers[id]?.revisions.remove(known.revision) != nil {
            workers[id]?.revisionOrder.removeAll { $0 == known.revision }
        }
        known.worker = nil
        known.unknownRevisions += 1
        if known.unknownRevisions > limits.unknownRevisionsMax {
            jobs[job] = nil
            return [.fail(job)] + dispatch()
        }
        jobs[job] = known
        comeBack(job)
        return dispatch()
    }

    /// A job could not be written to the connection: it was never sent.
    mutating func notSent(_ job: JobID, to id: WorkerID) {
        guard jobs[job]?.worker == id else { return }
        jobs[job]?.worker = nil
        release(job, from: id)
        comeBack(job)
    }

    // MARK: Steps

    /// A job that no processor has any more waits again, as the first.
    private mutating func comeBack(_ job: JobID) {
        guard let known = jobs[job] else { return }
        if known.isSuspect {
            suspects.prepend(job)
        } else {
            waiting.prepend(job, of: known.revision)
        }
    }

    private mutating func release(_ job: JobID, from id: WorkerID) {
        // Processors answer in order: the job is nearly always the first.
        if let position = workers[id]?.inFlight.firstIndex(of: job) {
            workers[id]?.inFlight.remove(at: position)
        }
        workers[id]?.isSolo = false
    }

    private mutating func dispatch() -> [Action] {
        var actions: [Action] = []
        if !suspects.isEmpty { dispatchSuspects(&actions) }
        while waiting.count > 0, let worker = leastLoaded(), let job = waiting.popFirst() {
            send(job, to: worker, &actions)
        }
        return actions
    }

    private mutating func dispatchSuspects(_ actions: inout [Action]) {
        while let job = suspects.first,
            let idle = workers.first(where: {
                $0.value.inFlight.isEmpty && $0.value.credits > 0 && !$0.value.isDraining
            })?.key
        {
            suspects.removeFirst()
            workers[idle]?.isReserved = false
            workers[idle]?.isSolo = true
            send(job, to: idle, &actions)
        }
        if suspects.isEmpty {
            for id in workers.keys { workers[id]?.isReserved = false }
            return
        }
        // One processor is kept free for the next suspect; the others go on with what waits.
        guard !workers.contains(where: { $0.value.isReserved || $0.value.isSolo }),
            let least = leastLoaded(isFull: true)
        else { return }
        workers[least]?.isReserved = true
    }

    /// The processor with the fewest jobs; with `isFull`, also one whose credits are used up.
    private func leastLoaded(isFull: Bool = false) -> WorkerID? {
        var best: WorkerID?
        var fewest = Int.max
        for (id, worker) in workers {
            guard !worker.isDraining, !worker.isReserved, !worker.isSolo,
                isFull || worker.inFlight.count < worker.credits
            else { continue }
            let count = worker.inFlight.count
            if count < fewest || count == fewest && id.rawValue < best?.rawValue ?? .max {
                fewest = count
                best = id
            }
        }
        return best
    }

    private mutating func send(_ job: JobID, to id: WorkerID, _ actions: inout [Action]) {
        guard let revision = jobs[job]?.revision else { return }
        jobs[job]?.worker = id
        workers[id]?.inFlight.append(job)
        var configuration: UInt64?
        var forget: UInt64?
        if revision != 0, workers[id]?.revisions.insert(revision).inserted ?? false {
            configuration = revision
            workers[id]?.revisionOrder.append(revision)
            if let order = workers[id]?.revisionOrder, order.count > limits.revisionsMax {
                forget = workers[id]?.revisionOrder.popFirst()
                if let forget { workers[id]?.revisions.remove(forget) }
            }
        }
        actions.append(.send(job, to: id, configuration: configuration, forget: forget))
    }
}
