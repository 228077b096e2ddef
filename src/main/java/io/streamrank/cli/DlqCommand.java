package io.streamrank.cli;

import picocli.CommandLine.Command;

/** Looks at what could not be ranked, and sends it again once it can. */
@Command(
        name = "dlq",
        description = "List dead letters, look into one, send them to be ranked again.",
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DlqListCommand.class, DlqShowCommand.class, DlqReplayCommand.class})
final class DlqCommand {}
