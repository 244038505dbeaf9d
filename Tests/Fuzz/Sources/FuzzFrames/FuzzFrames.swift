import FuzzSupport
import Glibc
import Model
import Wire

@main
enum FuzzFrames {
    static func main() {
        exit(
            fuzz { start, count in
                var input = FuzzInput(start, count)
                decode(&input)
                return 0
            })
    }
}

/// Decodes a stream at once and in chunks: frames and error must be the same, and every frame must
/// survive being written. The first byte chooses the size of the chunks, the rest is the stream.
private func decode(_ input: inout FuzzInput) {
    let chunkBytes = Int(input.byte()) + 1
    let stream = input.rest()
    let whole = decodeKept(stream)
    let inPlace = decodeInPlace(stream, chunkBytes: chunkBytes)
    promise(whole.frames == inPlace.frames, "chunks give the same frames")
    promise(whole.error == inPlace.error, "chunks give the same error")
    for frame in whole.frames { checkWritten(frame) }
    drive(whole.frames)
}

private struct Decoded {
    var frames: [Frame] = []
    var error: WireError?
}

private let payloadBytesMax = 1 << 16

private func decodeKept(_ stream: UnsafeRawBufferPointer) -> Decoded {
    var decoder = FrameDecoder(payloadBytesMax: payloadBytesMax)
    var decoded = Decoded()
    decoder.append(stream)
    do throws(WireError) {
        while let frame = try decoder.next() { decoded.frames.append(frame) }
    } catch {
        decoded.error = error
    }
    return decoded
}

private func decodeInPlace(_ stream: UnsafeRawBufferPointer, chunkBytes: Int) -> Decoded {
    var decoder = FrameDecoder(payloadBytesMax: payloadBytesMax)
    var decoded = Decoded()
    var position = 0
    do throws(WireError) {
        while position < stream.count {
            let end = min(position + chunkBytes, stream.count)
            let chunk = UnsafeRawBufferPointer(rebasing: stream[position..<end])
            try decoder.decode(chunk) { view throws(WireError) in
                decoded.frames.append(try view.decoded())
                return nil
            }
            promise(
                decoder.bytesPending <= WireLimits.headerBytes + payloadBytesMax,
                "no more than one frame is kept")
            position = end
        }
    } catch {
        decoded.error = error
    }
    return decoded
}

private func checkWritten(_ frame: Frame) {
    var bytes: [UInt8] = []
    FrameWriter.append(frame, to: &bytes)
    // Bytes that are no UTF-8 were replaced when read, which lengthens a text: what is read now may
    // have been cut once more, and is stable from then on.
    let first = bytes.withUnsafeBytes { decodeKept($0) }
    guard let read = first.frames.first else {
        promise(frame.message.type == .processEvent || bytes.count > payloadBytesMax, "readable")
        return
    }
    var again: [UInt8] = []
    FrameWriter.append(read, to: &again)
    promise(again == bytes, "writing is stable")
}

/// The state machine takes any order of messages.
private func drive(_ frames: [Frame]) {
    let now = MonotonicTime(nanoseconds: 0)
    for (role, peers) in [(PeerRole.projects, Set([PeerRole.ingest])), (.ingest, [.projects])] {
        var machine = LinkStateMachine(settings: LinkSettings(role: role, peerRoles: peers))
        _ = machine.connected(now: now)
        for frame in frames {
            if case .hello(let hello) = frame.message {
                _ = machine.helloReceived(hello, now: now)
            } else {
                _ = machine.received(frame.message.type, now: now)
            }
        }
    }
}
