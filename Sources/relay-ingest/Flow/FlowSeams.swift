import Glibc
import Links
import Model
import Upstream

/// Where the flow touches the world: sockets, clocks, chance. Simulations bring their own.
struct FlowSeams {
    /// Connects to relay-projects.
    var projectsConnector: FrameLinkClient.Connector = FrameLinkClient.connectSocket
    /// Connects to processors.
    var processorConnector: FrameLinkClient.Connector = FrameLinkClient.connectSocket
    /// Sockets of processors by name; nil watches the folder.
    var processorNames: Set<String>?
    /// Sends requests upstream; nil uses the client.
    var transport: EnvelopeSender.Transport?
    /// The civil time.
    var wallNow: () -> WallTime = FlowSeams.systemWallNow
    /// Jitter.
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()

    /// The system's civil time.
    static func systemWallNow() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
