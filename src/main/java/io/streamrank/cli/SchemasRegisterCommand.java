package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.EventKind;
import io.streamrank.registry.IncompatibleSchemaException;
import io.streamrank.registry.Registration;
import io.streamrank.registry.Registration.Standing;
import io.streamrank.registry.RegistryClient;
import jakarta.inject.Inject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Registers what is released and missing. */
@Command(
        name = "register",
        description = "Register every released schema that is missing, each under its topic's subject, oldest first.",
        sortOptions = false,
        footer = {
            "",
            "The registry is streamrank.registry.url. What is registered stays as it is; a version older",
            "than one that is there is left out. Ends with status 6 where the registry refuses one.",
            "For example: ./streamrank schemas register --dry-run"
        })
final class SchemasRegisterCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--dry-run", description = "Only say what would be registered, and what would be refused.")
    private boolean dryRun;

    @Inject
    SchemasRegisterCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() {
        RegistryAssembly assembly = new RegistryAssembly(config);
        RegistryClient client = new RegistryClient(assembly.settings());
        SchemaStandings standings = new SchemaStandings(
                new Terminal(requireNonNull(spec).commandLine().getOut()));
        standings.heading();
        boolean refused = false;
        for (EventKind kind : EventKind.values()) {
            Registration registration = assembly.registration(client, kind);
            for (Standing standing : registration.standings()) {
                if (standing instanceof Standing.Missing missing) {
                    refused |= !register(registration, kind, missing, standings);
                } else {
                    standings.show(registration, kind, standing);
                }
            }
        }
        return refused ? ExitCode.CONDITION : ExitCode.OK;
    }

    /** @return false where the registry refuses it */
    private boolean register(
            Registration registration, EventKind kind, Standing.Missing missing, SchemaStandings standings) {
        if (dryRun) {
            String state = missing.acceptable() ? "would be registered" : "would be refused by the registry's rules";
            standings.show(registration, kind, missing.release(), state);
            return missing.acceptable();
        }
        try {
            int id = registration.register(missing.release());
            standings.show(registration, kind, missing.release(), "registered now, id " + id);
            return true;
        } catch (IncompatibleSchemaException e) {
            standings.show(registration, kind, missing.release(), "refused: " + e.getMessage());
            return false;
        }
    }
}
