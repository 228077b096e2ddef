package io.streamrank.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * Asks the worker of this machine how it is, for container engines that can only run a command. By itself, without the
 * rest of the application and its settings' files: it runs every few seconds, and must not cost what a command costs. The
 * address is that of {@code STREAMRANK_HTTP_HOST} and {@code STREAMRANK_HTTP_PORT}, or their defaults.
 */
public final class HealthProbe {
    private static final int UP = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String EVERY_ADDRESS = "0.0.0.0";
    private static final String EVERY_ADDRESS_IPV6 = "::";
    private static final Set<String> QUESTIONS = Set.of("started", "ready", "live");

    private HealthProbe() {}

    /** Ends with status 0 where it is well, 1 where it is not or does not answer, 2 for a question that there is not. */
    public static void main(String[] arguments) {
        System.exit(ask(arguments, System.getenv(), System.out));
    }

    /**
     * Asks, and says what came of it.
     *
     * @param arguments {@code started}, {@code ready} or {@code live}; none for {@code ready}
     * @param environment its variables
     * @param out is told what was answered
     * @return one of {@link ExitCode}
     */
    static int ask(String[] arguments, Map<String, String> environment, PrintStream out) {
        String question = arguments.length == 0 ? "ready" : arguments[0];
        if (arguments.length > 1 || !QUESTIONS.contains(question)) {
            out.println("health: ask for one of started, ready, live");
            return ExitCode.USAGE;
        }
        String url = url(environment) + "/q/health/" + question;
        try {
            int status = status(URI.create(url));
            out.println(question + ": " + status + " from " + url);
            return status == UP ? ExitCode.OK : ExitCode.FAILED;
        } catch (IOException | IllegalArgumentException e) {
            out.println(question + ": no answer from " + url + ": " + e);
            return ExitCode.FAILED;
        }
    }

    private static int status(URI uri) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout((int) PATIENCE.toMillis());
        connection.setReadTimeout((int) PATIENCE.toMillis());
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    private static String url(Map<String, String> environment) {
        String host = environment.getOrDefault("STREAMRANK_HTTP_HOST", "127.0.0.1");
        String port = environment.getOrDefault("STREAMRANK_HTTP_PORT", "8080");
        String reached = host.equals(EVERY_ADDRESS) || host.equals(EVERY_ADDRESS_IPV6) ? "127.0.0.1" : host;
        return "http://" + (reached.contains(":") ? "[" + reached + "]" : reached) + ":" + port;
    }
}
