package io.streamrank.cli;

import io.streamrank.contract.EventKind;
import io.streamrank.registry.Registration;
import io.streamrank.registry.Registration.Standing;
import java.util.Locale;

/** How schemas stand in the registry, a line each. */
final class SchemaStandings {
    private final Terminal terminal;

    SchemaStandings(Terminal terminal) {
        this.terminal = terminal;
    }

    void heading() {
        line("subject", "schema", "in the registry");
    }

    void show(Registration registration, EventKind kind, Standing standing) {
        line(registration.subject(), name(kind, standing), state(standing));
    }

    void show(Registration registration, EventKind kind, int release, String state) {
        line(registration.subject(), kind.record() + " " + release, state);
    }

    private void line(String subject, String schema, String state) {
        terminal.raw(String.format(Locale.ROOT, "%-34s  %-20s  %s", subject, schema, state));
    }

    private static String name(EventKind kind, Standing standing) {
        if (standing instanceof Standing.Registered registered) {
            return kind.record() + " " + registered.release();
        }
        if (standing instanceof Standing.Missing missing) {
            return kind.record() + " " + missing.release();
        }
        if (standing instanceof Standing.Superseded superseded) {
            return kind.record() + " " + superseded.release();
        }
        return "not released here";
    }

    private static String state(Standing standing) {
        if (standing instanceof Standing.Registered registered) {
            return "version " + registered.as().version() + ", id "
                    + registered.as().id();
        }
        if (standing instanceof Standing.Missing missing) {
            return missing.acceptable() ? "missing" : "missing, and the registry's rules forbid it";
        }
        if (standing instanceof Standing.Foreign foreign) {
            String at = "version " + foreign.version().version() + ", id "
                    + foreign.version().id();
            return at
                    + foreign.objection().map(why -> ", cannot be read: " + why).orElse(", can be read");
        }
        return "left out: a later one is there";
    }
}
