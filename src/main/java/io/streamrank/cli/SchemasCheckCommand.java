package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.EventKind;
import io.streamrank.registry.Registration;
import io.streamrank.registry.Registration.Standing;
import io.streamrank.registry.RegistryClient;
import jakarta.inject.Inject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks, and changes nothing. */
@Command(
        name = "check",
        description =
                "Show how released schemas stand in the registry, and whether what others have registered can be read.",
        sortOptions = false,
        footer = {
            "",
            "Ends with status 6 where a schema is missing that events are written with now, or where one is",
            "registered that this version cannot read. For example: ./streamrank schemas check"
        })
final class SchemasCheckCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Inject
    SchemasCheckCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() {
        RegistryAssembly assembly = new RegistryAssembly(config);
        RegistryClient client = new RegistryClient(assembly.settings());
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        SchemaStandings standings = new SchemaStandings(terminal);
        standings.heading();
        boolean sound = true;
        for (EventKind kind : EventKind.values()) {
            Registration registration = assembly.registration(client, kind);
            for (Standing standing : registration.standings()) {
                standings.show(registration, kind, standing);
                sound &= isSound(kind, standing);
            }
            if (client.compatibility(registration.subject()).equals("NONE")) {
                terminal.raw(registration.subject() + ": the registry lets anything follow (compatibility NONE);"
                        + " BACKWARD would keep schemas out that readers cannot read");
            }
        }
        return sound ? ExitCode.OK : ExitCode.CONDITION;
    }

    /** Older releases may be missing: nothing is written with them any more. */
    private static boolean isSound(EventKind kind, Standing standing) {
        if (standing instanceof Standing.Missing missing) {
            return missing.release() < kind.released().size();
        }
        return !(standing instanceof Standing.Foreign foreign)
                || foreign.objection().isEmpty();
    }
}
