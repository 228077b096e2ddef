package io.streamrank.cli;

import io.quarkus.picocli.runtime.annotations.TopCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The top command; its subcommands do the work. */
@TopCommand
@Command(
        name = "streamrank",
        description = "Reranks candidate lists arriving on Kafka with resident cross-encoders, exactly once.",
        sortOptions = false,
        versionProvider = Version.class,
        subcommands = {DemoCommand.class, WorkCommand.class, SendCommand.class, TailCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Settings come from -Dstreamrank.… (JAVA_OPTS), STREAMRANK_… variables or",
            "config/application.properties; options win."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, or ended on request",
            "1:failed while running",
            "2:the command line or the configuration is wrong",
            "3:a checkpoint cannot be loaded",
            "4:Kafka cannot be reached, or topics are missing",
            "5:input data is missing or malformed",
            "130, 143:ended by SIGINT, SIGTERM (after draining)"
        })
public final class Streamrank {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    private boolean versionAsked;
}
