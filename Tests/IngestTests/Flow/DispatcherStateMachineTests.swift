import Model
import Testing

@testable import RelayIngest

private typealias Action = DispatcherStateMachine.Action

private func job(_ number: UInt64) -> JobID {
    JobID(ticket: StoreTicket(rawValue: number), item: 0)
}

private func worker(_ number: UInt32) -> WorkerID {
    WorkerID(rawValue: number)
}

extension DispatcherStateMachine {
    fileprivate mutating func add(_ number: UInt64, revision: UInt64 = 0) -> [Action] {
        guard case .admitted(let actions) = enqueue(job(number), revision: revision) else {
            return []
        }
        return actions
    }
}

/// Where the actions send jobs, as `job>worker`.
private func sends(_ actions: [Action]) -> [String] {
    actions.compactMap { action in
        guard case .send(let job, let worker, _, _) = action else { return nil }
        return "\(job.ticket.rawValue)>\(worker.rawValue)"
    }
}

@Suite("Dispatcher") struct DispatcherStateMachineTests {
    @Test("Jobs wait for a processor, then for credits, in order")
    func credits() {
        var machine = DispatcherStateMachine()
        for number in 1...4 { #expect(machine.add(UInt64(number)).isEmpty) }
        #expect(sends(machine.workerJoined(worker(1), credits: 2)) == ["1>1", "2>1"])
        #expect(sends(machine.creditsGranted(1, by: worker(1))) == ["3>1"])
        let (isAwaited, actions) = machine.answered(job(2), by: worker(1))
        #expect(isAwaited)
        #expect(sends(actions) == ["4>1"])
        #expect(machine.waitingCount == 0)
        #expect(machine.jobCount == 3)
    }

    @Test("Projects take turns: many events of one delay the others by one each")
    func fairness() {
        var machine = DispatcherStateMachine()
        for number in 1...50 { _ = machine.add(UInt64(number), revision: 1) }
        _ = machine.add(51, revision: 2)
        _ = machine.add(52, revision: 3)
        _ = machine.add(53, revision: 2)
        #expect(
            sends(machine.workerJoined(worker(1), credits: 7))
                == ["1>1", "51>1", "52>1", "2>1", "53>1", "3>1", "4>1"])
        #expect(machine.waitingCount == 46)
        // What comes back from a processor is the first again.
        #expect(sends(machine.workerLost(worker(1), wasClean: true)) == [])
        #expect(
            sends(machine.workerJoined(worker(2), credits: 3)).map { $0.prefix { $0 != ">" } }
                .sorted()
                == ["1", "51", "52"])
    }

    @Test("A queue whose lines take turns forgets the lines that are empty")
    func fairQueue() {
        var queue = FairQueue<Int, String>()
        queue.append("a1", of: 1)
        queue.append("a2", of: 1)
        queue.append("b1", of: 2)
        queue.prepend("b0", of: 2)
        queue.prepend("c0", of: 3)
        queue.remove("a1", of: 1)
        queue.remove("missing", of: 1)
        queue.remove("missing", of: 4)
        #expect(queue.count == 4)
        #expect((1...4).map { _ in queue.popFirst() } == ["c0", "a2", "b0", "b1"])
        #expect(queue.popFirst() == nil)
        queue.append("d", of: 1)
        queue.remove("d", of: 1)
        #expect(queue.count == 0)
        #expect(queue.popFirst() == nil)
    }

    @Test("The least loaded processor gets the next job")
    func leastLoaded() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 8)
        _ = machine.workerJoined(worker(2), credits: 8)
        #expect(sends(machine.add(1)) == ["1>1"])
        #expect(sends(machine.add(2)) == ["2>2"])
        #expect(sends(machine.add(3)) == ["3>1"])
        _ = machine.answered(job(1), by: worker(1))
        _ = machine.answered(job(3), by: worker(1))
        #expect(sends(machine.add(4)) == ["4>1"])
        #expect(sends(machine.add(5)) == ["5>1"])
    }

    @Test("An answer that nobody awaits changes nothing")
    func strangeAnswers() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 1)
        _ = machine.add(1)
        #expect(machine.answered(job(9), by: worker(1)).isAwaited == false)
        #expect(machine.answered(job(1), by: worker(2)).isAwaited == false)
        #expect(machine.answered(job(1), by: worker(1)).isAwaited)
        #expect(machine.answered(job(1), by: worker(1)).isAwaited == false)
    }

    @Test("Jobs of a dead processor go to another, one at a time; only the deadly one is given up")
    func poison() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 8)
        for number in 1...4 { _ = machine.add(UInt64(number)) }
        // 3 is deadly. Its processor dies with all four unanswered; another one comes.
        #expect(machine.workerLost(worker(1), wasClean: false).isEmpty)
        _ = machine.add(5)
        var actions = machine.workerJoined(worker(2), credits: 8)
        #expect(sends(actions) == ["1>2"])
        actions = machine.answered(job(1), by: worker(2)).1
        #expect(sends(actions) == ["2>2"])
        actions = machine.answered(job(2), by: worker(2)).1
        #expect(sends(actions) == ["3>2"])
        // It dies again: only 3 was there.
        #expect(machine.workerLost(worker(2), wasClean: false).isEmpty)
        actions = machine.workerJoined(worker(3), credits: 8)
        #expect(sends(actions) == ["4>3"])
        actions = machine.answered(job(4), by: worker(3)).1
        #expect(sends(actions) == ["3>3"])
        #expect(machine.workerLost(worker(3), wasClean: false) == [.quarantine(job(3))])
        #expect(sends(machine.workerJoined(worker(4), credits: 8)) == ["5>4"])
        #expect(machine.jobCount == 1)
    }

    @Test("While a suspect is out, other processors go on")
    func suspectsDoNotBlock() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 1)
        _ = machine.workerJoined(worker(2), credits: 4)
        _ = machine.add(1)
        _ = machine.add(2)
        // 1's processor dies; 2's is busy and becomes the one kept free.
        #expect(sends(machine.workerLost(worker(1), wasClean: false)).isEmpty)
        #expect(sends(machine.add(3)).isEmpty)
        #expect(sends(machine.workerJoined(worker(3), credits: 4)) == ["1>3", "3>2"])
        // Nothing joins the suspect.
        #expect(sends(machine.add(4)) == ["4>2"])
        #expect(sends(machine.answered(job(1), by: worker(3)).1).isEmpty)
        #expect(sends(machine.add(5)) == ["5>3"])
    }

    @Test("A processor that leaves properly makes no suspects")
    func cleanEnd() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 4)
        for number in 1...3 { _ = machine.add(UInt64(number)) }
        #expect(machine.workerDraining(worker(1)).isEmpty)
        #expect(machine.add(4).isEmpty)
        #expect(machine.workerLost(worker(1), wasClean: true).isEmpty)
        #expect(
            sends(machine.workerJoined(worker(2), credits: 9)) == ["1>2", "2>2", "3>2", "4>2"])
    }

    @Test("A configuration is sent once per revision and connection, and again when unknown")
    func configurations() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 9)
        #expect(
            machine.add(1, revision: 5) == [
                .send(job(1), to: worker(1), configuration: 5, forget: nil)
            ])
        #expect(
            machine.add(2, revision: 5) == [
                .send(job(2), to: worker(1), configuration: nil, forget: nil)
            ])
        #expect(
            machine.add(3, revision: 0) == [
                .send(job(3), to: worker(1), configuration: nil, forget: nil)
            ])
        for _ in 0..<2 {
            #expect(
                machine.revisionUnknown(job(2), by: worker(1)) == [
                    .send(job(2), to: worker(1), configuration: 5, forget: nil)
                ])
        }
        #expect(machine.revisionUnknown(job(2), by: worker(1)) == [.fail(job(2))])
        _ = machine.workerLost(worker(1), wasClean: true)
        #expect(
            machine.workerJoined(worker(2), credits: 1) == [
                .send(job(1), to: worker(2), configuration: 5, forget: nil)
            ])
    }

    @Test("Old configurations are forgotten, and sent again when needed again")
    func forgetting() {
        var limits = DispatcherStateMachine.Limits()
        limits.revisionsMax = 2
        var machine = DispatcherStateMachine(limits: limits)
        _ = machine.workerJoined(worker(1), credits: 9)
        _ = machine.add(1, revision: 1)
        _ = machine.add(2, revision: 2)
        #expect(
            machine.add(3, revision: 3) == [
                .send(job(3), to: worker(1), configuration: 3, forget: 1)
            ])
        #expect(
            machine.add(4, revision: 1) == [
                .send(job(4), to: worker(1), configuration: 1, forget: 2)
            ])
    }

    @Test("Bounds: jobs that wait, processors; cancelling frees")
    func bounds() {
        var limits = DispatcherStateMachine.Limits()
        limits.waitingMax = 2
        limits.workersMax = 1
        var machine = DispatcherStateMachine(limits: limits)
        _ = machine.add(1)
        _ = machine.add(2)
        #expect(machine.enqueue(job(3), revision: 0) == .refused(limit: 2))
        #expect(machine.cancel(job(1)) == true)
        #expect(machine.cancel(job(1)) == false)
        _ = machine.add(3)
        #expect(sends(machine.workerJoined(worker(1), credits: 1)) == ["2>1"])
        #expect(machine.cancel(job(2)) == false)
        #expect(machine.workerJoined(worker(2), credits: 1).isEmpty)
        #expect(machine.workerCount == 1)
    }

    @Test("A job that could not be written goes to the head of the queue")
    func notSent() {
        var machine = DispatcherStateMachine()
        _ = machine.workerJoined(worker(1), credits: 1)
        _ = machine.add(1)
        _ = machine.add(2)
        machine.notSent(job(1), to: worker(1))
        #expect(sends(machine.creditsGranted(0, by: worker(1))) == ["1>1"])
    }

    @Test(
        "Random deaths and answers: each job ends exactly once, credits are kept",
        arguments: 0..<200)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = DispatcherStateMachine()
        var inFlight: [WorkerID: [JobID]] = [:]
        var creditsOf: [WorkerID: Int] = [:]
        var ended: [JobID: Int] = [:]
        var lastWorker: UInt32 = 0
        var lastJob: UInt64 = 0
        func note(_ actions: [Action]) {
            for action in actions {
                switch action {
                case .send(let job, let worker, _, _):
                    inFlight[worker, default: []].append(job)
                    #expect(inFlight[worker, default: []].count <= creditsOf[worker] ?? 0)
                case .quarantine(let job), .fail(let job):
                    ended[job, default: 0] += 1
                }
            }
        }
        func join() {
            lastWorker += 1
            creditsOf[worker(lastWorker)] = Int.random(in: 1...4, using: &generator)
            note(
                machine.workerJoined(
                    worker(lastWorker), credits: UInt32(creditsOf[worker(lastWorker)] ?? 0)))
        }
        for _ in 0..<300 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: join()
            case 1:
                guard let id = inFlight.keys.min(by: { $0.rawValue < $1.rawValue }) else { break }
                inFlight[id] = nil
                creditsOf[id] = nil
                note(machine.workerLost(id, wasClean: Bool.random(using: &generator)))
            case 2...5:
                lastJob += 1
                note(machine.add(lastJob))
            default: answerOne()
            }
        }
        func answerOne() {
            let busy = inFlight.filter { !$0.value.isEmpty }.keys.sorted {
                $0.rawValue < $1.rawValue
            }
            guard let id = busy.randomElement(using: &generator),
                let job = inFlight[id]?.removeFirst()
            else { return }
            ended[job, default: 0] += 1
            let (isAwaited, actions) = machine.answered(job, by: id)
            #expect(isAwaited)
            note(actions)
        }
        join()
        while machine.jobCount > 0 { answerOne() }
        #expect(ended.count == Int(lastJob))
        #expect(ended.values.allSatisfy { $0 == 1 })
    }
}
