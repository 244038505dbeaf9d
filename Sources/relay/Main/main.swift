// The command line and the launcher of `relay run`. The latter starts each daemon through this
// program's `__exec` mode.

import Glibc
import RelayCommands

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == ExecShim.mode {
    ExecShim.run(Array(arguments.dropFirst()))
}
exit(RelayCommand.main(arguments: arguments))
