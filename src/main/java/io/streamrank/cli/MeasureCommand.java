package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.replay.report.MeasuredReport;
import io.streamrank.replay.report.ReplayReport;
import io.streamrank.replay.report.ReplayReport.Ending;
import io.streamrank.replay.report.ReportSettings;
import io.streamrank.replay.scale.JudgmentEvents;
import io.streamrank.replay.scale.MeasuresSettings;
import io.streamrank.replay.scale.MeasuringService;
import io.streamrank.replay.scale.StreamSettings;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Measures rankings that are in topics by judgments that are in one. */
@Command(
        name = "measure",
        description = "Hold the rankings that replaying workers have published to the judgments of their topic.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank measure --ranked now=rerank.ranked.replay.now --output out --create-topics",
            "Several instances share the work; what was measured is kept, so the same command goes on."
        })
final class MeasureCommand implements Callable<Integer> {
    private static final Logger LOG = Logger.getLogger("io.streamrank.measure");

    private final StreamrankConfig config;
    private final RunningReplay running;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--ranked",
            paramLabel = "NAME=TOPIC",
            required = true,
            description =
                    "What a model is called, and where its rankings are; repeatable. A list counts once all of them"
                            + " have ranked it. Where several share a topic, NAME is the model's id.")
    private List<String> ranked = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Where report.json and report.queries.jsonl go (default: no report; the topics have it all).")
    private @Nullable Path output;

    @Option(
            names = "--follow",
            description = "Go on measuring what comes, until stopped, instead of ending with what is there now.")
    private boolean follow;

    @Option(names = "--create-topics", description = "Create missing topics for measures and totals, compacted.")
    private boolean createTopics;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Mixin
    private final ReportOptions options = new ReportOptions();

    @Inject
    MeasureCommand(StreamrankConfig config, RunningReplay running) {
        this.config = config;
        this.running = running;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (options.hasJudgments()) {
            throw usage("Judgments are those of streamrank.topics.judgments: --qrels and --judgments are not for this;"
                    + " send a file's with ./streamrank judge");
        }
        if (follow && output != null) {
            throw usage("--follow has no end, and so no report: --output is not for it");
        }
        ReportSettings settings = options.judgedSettings(config);
        requireMeant();
        if (output == null && !settings.conditions().isEmpty()) {
            throw usage("--fail-if is asked of the report: say with --output where that goes");
        }
        MeasureAssembly assembly = new MeasureAssembly(config, kafka);
        Map<String, String> topics = topics();
        MeasuresSettings asked = assembly.measures(topics, settings, "");
        MeasuredReport.check(settings, asked);
        assembly.requireTopics(asked, createTopics || config.kafka().createTopics());
        MeasuresSettings measures = assembly.measures(topics, settings, assembly.identity(asked));
        Ending ending = assembly.ending(measures);
        running.begin();
        try (InstanceSlot slot =
                        InstanceSlot.claim(Path.of(System.getProperty("java.io.tmpdir")), measures.application());
                EventFraming framing = EventFraming.of(config);
                MeasuringService service = service(measures, framing.waiting(), assembly.stream(slot.instanceId()))) {
            LOG.infof("Rankings in %s are measured by application %s", measures.rankedTopics(), measures.application());
            if (follow) {
                service.awaitStop(running::isStopped);
                return ExitCode.OK;
            }
            return measure(service, settings, measures, ending);
        } finally {
            running.closed();
        }
    }

    /** What the rankings' join knows nothing of cannot be asked for. */
    private void requireMeant() {
        ParseResult given = requireNonNull(spec).commandLine().getParseResult();
        for (String option : List.of("--examples", "--overlap-at", "--rbo-p")) {
            if (given.hasMatchedOption(option)) {
                throw usage(option + " is for reports on a replay's folder: texts and the order of the lower ranks are"
                        + " not kept here, and so there are no examples, and no overlap or RBO");
            }
        }
    }

    private Map<String, String> topics() {
        Map<String, String> topics = new LinkedHashMap<>();
        for (String text : ranked) {
            int equals = text.indexOf('=');
            if (equals < 1 || equals == text.length() - 1) {
                throw usage("--ranked '" + text + "': expected NAME=TOPIC");
            }
            String name = text.substring(0, equals);
            if (topics.put(name, text.substring(equals + 1)) != null) {
                throw usage("--ranked names '" + name + "' twice: each model needs a name of its own");
            }
        }
        return topics;
    }

    private static MeasuringService service(MeasuresSettings measures, Framing framing, StreamSettings settings) {
        return MeasuringService.start(measures, new JudgmentEvents(framing), framing, settings);
    }

    private ParameterException usage(String message) {
        return new ParameterException(requireNonNull(spec).commandLine(), message);
    }

    private int measure(MeasuringService service, ReportSettings settings, MeasuresSettings measures, Ending ending)
            throws IOException, InterruptedException {
        MeasureProgress progress =
                new MeasureProgress(requireNonNull(spec).commandLine().getErr());
        if (!service.awaitCompletion(running::isStopped, progress::at)) {
            LOG.info("Stopped before the end; the same command goes on");
            return ExitCode.OK;
        }
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        if (output == null) {
            terminal.line(
                    "Measured %,d lists; each judged query is in %s, the means in %s",
                    service.totals().lists(), measures.measuresTopic(), measures.totalsTopic());
            return ExitCode.OK;
        }
        ReplayReport report =
                new MeasuredReport(output, settings, measures, service.measured(settings.maxLists()), ending).write();
        new ReportTable(report, terminal).print();
        return report.failed() ? ExitCode.CONDITION : ExitCode.OK;
    }
}
