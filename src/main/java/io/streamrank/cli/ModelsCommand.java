package io.streamrank.cli;

import picocli.CommandLine.Command;

/** Looks at checkpoints before they are put to work; its subcommands do it. No Kafka is needed. */
@Command(
        name = "models",
        description = "Fetch checkpoints, look into their folders, check their scores, compare two.",
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ModelsFetchCommand.class,
            ModelsInspectCommand.class,
            ModelsVerifyCommand.class,
            ModelsCompareCommand.class
        })
final class ModelsCommand {}
