package io.streamrank.cli;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.ConfigMappings.ConfigClass;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Tells of environment variables that look like settings and set nothing. A misspelt property is refused by the
 * configuration's library; a variable it cannot tell from what others put there, so these are only named.
 */
@ApplicationScoped
class UnknownVariables {
    private static final Logger LOG = Logger.getLogger("io.streamrank.settings");
    private static final String PREFIX = "STREAMRANK_";

    /** What Kubernetes and Docker put into a container beside a service of that name. */
    private static final Pattern OF_A_SERVICE =
            Pattern.compile(PREFIX + "(\\w+_)?(SERVICE_(HOST|PORT(_\\w+)?)|PORT(_\\d+_(TCP|UDP|SCTP)(_\\w+)?)?)");

    void onStart(@Observes StartupEvent event) {
        in(System.getenv().keySet())
                .forEach(name -> LOG.warnf(
                        "%s sets nothing: no setting has that name; the README's table lists all (Configuration)",
                        name));
    }

    /** Those of some variables, in the order of their names. */
    static List<String> in(Collection<String> variables) {
        Pattern settings = settings();
        return variables.stream()
                .filter(name -> name.startsWith(PREFIX))
                .filter(name -> !settings.matcher(name).matches())
                .filter(name -> !OF_A_SERVICE.matcher(name).matches())
                .sorted()
                .toList();
    }

    /** Any setting, spelt as MicroProfile Config looks for it among variables. */
    private static Pattern settings() {
        return Pattern.compile(ConfigClass.configClass(StreamrankConfig.class).getProperties().keySet().stream()
                .map(property -> property.replaceAll("[^A-Za-z0-9*]", "_")
                        .replace("*", ".+")
                        .toUpperCase(Locale.ROOT))
                .collect(Collectors.joining("|")));
    }
}
