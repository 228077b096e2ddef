package io.streamrank.cli;

import io.quarkus.picocli.runtime.annotations.TopCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The top command; its subcommands do the work. */
@TopCommand
@Command(
        name = "streamrank",
        description = "Reranks candidate lists arriving on Kafka with resident cross-encoders, exactly once.",
        sortOptions = false,
        versionProvider = Version.class,
        subcommands = {
            DemoCommand.class,
            WorkCommand.class,
            SendCommand.class,
            TailCommand.class,
            JudgeCommand.class,
            ReportCommand.class,
            ThroughputCommand.class,
            DlqCommand.class,
            ReplayCommand.class,
            MeasureCommand.class,
            ModelsCommand.class,
            SchemasCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Settings come from -Dstreamrank.… (JAVA_OPTS), STREAMRANK_… variables or",
            "config/application.properties; options win."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, or ended on request",
            "1:failed while running, scores not as expected, or the settings cannot be read",
            "2:the command line is wrong, or a setting out of range",
            "3:a checkpoint cannot be loaded",
            "4:Kafka or the registry cannot be reached, or topics are missing",
            "5:input data is missing or malformed",
            "6:a condition of --fail-if holds, or the registry's schemas are not as they should be",
            "130, 143:ended by SIGINT, SIGTERM (after draining)"
        })
public final class Streamrank {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // Picocli acts on it.
    private boolean helpAsked;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    @SuppressWarnings("UnusedVariable") // As above.
    private boolean versionAsked;
}
