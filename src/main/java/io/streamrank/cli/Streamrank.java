package io.streamrank.cli;

import io.quarkus.picocli.runtime.annotations.TopCommand;
import picocli.CommandLine.Command;

/** The top command; its subcommands do the work. */
@TopCommand
@Command(name = "streamrank", mixinStandardHelpOptions = true)
public class Streamrank {}
