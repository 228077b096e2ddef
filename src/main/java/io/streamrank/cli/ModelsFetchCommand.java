package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.fetch.Fetch;
import io.streamrank.fetch.Fetch.Wanted;
import io.streamrank.fetch.FetchSettings;
import io.streamrank.fetch.FetchSettings.Access;
import io.streamrank.fetch.FetchSettings.Keys;
import io.streamrank.fetch.FetchSettings.S3;
import io.streamrank.fetch.FetchWatcher;
import io.streamrank.fetch.Fetched;
import io.streamrank.fetch.Location;
import io.streamrank.model.Rerankers;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Brings a checkpoint to a folder, as a step before the worker starts. */
@Command(
        name = "fetch",
        description = "Bring a checkpoint to a folder, checked, as a whole or not at all; what is there already is not"
                + " brought again.",
        sortOptions = false,
        footer = {
            "",
            "A location is a folder, a .tar, .tar.gz, .tgz or .zip, or a URL:",
            "  https://host/path/             a folder, or an archive, of a web server",
            "  oci://host/repository:tag      an artifact of a registry, or …@sha256:…",
            "  s3://bucket/prefix             the objects of a bucket, or an archive",
            "",
            "For example: ./streamrank models fetch oci://registry/models/minilm:v3 --to /models/minilm-v3 \\",
            "                 --revision c8a87ed5230c"
        })
final class ModelsFetchCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "LOCATION", description = "Where the checkpoint is.")
    private String location = "";

    @Option(
            names = "--to",
            required = true,
            paramLabel = "FOLDER",
            description = "The folder to be, inside of a volume rather than the place it is mounted at.")
    private Path to = Path.of("");

    @Option(
            names = "--revision",
            paramLabel = "REVISION",
            description = "The revision it must have, as rankings name it: 12 hexadecimal digits, or up to 64.")
    private @Nullable String revision;

    @Option(
            names = "--sums",
            paramLabel = "FILE",
            description = "The SHA-256 that its files must have, as sha256sum prints them.")
    private @Nullable Path sums;

    @Option(names = "--replace", description = "Replace another checkpoint that is in the folder.")
    private boolean replace;

    @Inject
    ModelsFetchCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        Wanted wanted = new Wanted(Optional.ofNullable(revision), sums == null ? Map.of() : Wanted.sums(sums), replace);
        Fetched fetched = new Fetch(
                        Location.parse(location),
                        to,
                        wanted,
                        settings(config.fetch(), System.getenv()),
                        Rerankers::digest,
                        new Progress(terminal))
                .run();
        terminal.raw((fetched.isNew() ? "Fetched revision " : "Already there: revision ") + revision(fetched) + " in "
                + fetched.folder());
        if (revision == null && sums == null) {
            terminal.line("Nothing said which it must be; --revision %s would", revision(fetched));
        }
        return ExitCode.OK;
    }

    private static String revision(Fetched fetched) {
        return fetched.sha256().substring(0, 12);
    }

    /** @param environment where Amazon's tools have their keys, if the settings have none */
    static FetchSettings settings(StreamrankConfig.Fetch fetch, Map<String, String> environment) {
        try {
            return new FetchSettings(
                    fetch.maxBytes(),
                    fetch.maxFiles(),
                    fetch.timeout(),
                    fetch.stallTimeout(),
                    fetch.attempts(),
                    fetch.retryDelay(),
                    new Access(
                            fetch.token(), fetch.username(), fetch.password(), fetch.registryAuth(), fetch.plainHttp()),
                    new S3(fetch.s3().endpoint(), fetch.s3().region(), keys(fetch.s3(), environment)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("streamrank.fetch: " + e.getMessage(), e);
        }
    }

    private static Optional<Keys> keys(StreamrankConfig.S3 s3, Map<String, String> environment) {
        if (s3.accessKeyId().isPresent() != s3.secretAccessKey().isPresent()) {
            throw new IllegalArgumentException(
                    "s3.access-key-id and s3.secret-access-key belong together: set both, or neither");
        }
        if (s3.accessKeyId().isPresent()) {
            return Optional.of(
                    new Keys(s3.accessKeyId().get(), s3.secretAccessKey().orElseThrow(), s3.sessionToken()));
        }
        String id = environment.get("AWS_ACCESS_KEY_ID");
        String secret = environment.get("AWS_SECRET_ACCESS_KEY");
        return id == null || secret == null
                ? Optional.empty()
                : Optional.of(new Keys(id, secret, Optional.ofNullable(environment.get("AWS_SESSION_TOKEN"))));
    }

    /** Tells it to who waits. */
    private static final class Progress implements FetchWatcher {
        private final Terminal terminal;

        Progress(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public void found(int files, long bytes) {
            terminal.line("Fetching %,d files%s", files, bytes < 0 ? "" : ", " + ModelsReport.bytes(bytes));
        }

        @Override
        public void received(String file, long bytes, long of) {
            terminal.progress(
                    "  %s: %s%s", file, ModelsReport.bytes(bytes), of < 0 ? "" : " of " + ModelsReport.bytes(of));
        }

        @Override
        public void retrying(String what, String problem, Duration after) {
            terminal.raw("  " + what + ": " + problem + "; trying again in " + after.toMillis() + " ms");
        }

        @Override
        public void waiting(String folder) {
            terminal.raw("Another is fetching to " + folder + ": waiting");
        }
    }
}
