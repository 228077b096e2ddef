package io.streamrank.cli;

import picocli.CommandLine.Command;

/** Keeps a schema registry in step with the events of this version; its subcommands do it. No Kafka is needed. */
@Command(
        name = "schemas",
        description = "Register the schemas of events in a schema registry, and check how they stand there.",
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SchemasRegisterCommand.class, SchemasCheckCommand.class})
final class SchemasCommand {}
