package io.streamrank.cli;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.LatestGrades;
import io.streamrank.replay.report.ReplayReader;
import io.streamrank.replay.report.ReplayReport;
import io.streamrank.replay.report.Report;
import io.streamrank.replay.report.Report.Judgments;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.ReportSettings;
import io.streamrank.replay.run.JudgmentTopic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reports on a replay's folder: reads judgments, writes the files, shows a table, and says what a script shall make of it. */
final class Reporting {
    /** A judgment is some names and a number: so many are polled at a time that this much is. */
    private static final int JUDGMENT_BYTES = 64 << 10;

    private final StreamrankConfig config;
    private final KafkaOptions kafka;
    private final ReportOptions options;

    Reporting(StreamrankConfig config, KafkaOptions kafka, ReportOptions options) {
        this.config = config;
        this.kafka = kafka;
        this.options = options;
    }

    /**
     * Throws what {@link #report} would throw for options, files of judgments or a topic that make no sense, so that a long
     * replay does not run in vain.
     */
    void check() throws IOException, InterruptedException {
        ReportSettings settings = options.settings(config);
        Optional<Path> file = options.qrelsFile();
        if (file.isPresent()) {
            new Judgments(ReportOptions.read(file.get()), file.get().toString()).require(settings);
        }
        if (options.fromTopic()) {
            requireTopic();
        }
    }

    /**
     * Throws what {@link #report} would throw of the names in options.
     *
     * @param live whether live rankings may come to be known
     */
    void requireNames(List<String> models, boolean live) {
        Report.requireNames(options.settings(config), models, live);
    }

    /**
     * Reports on a folder.
     *
     * @return one of {@link ExitCode}
     */
    int report(Path folder, Terminal terminal) throws IOException, InterruptedException {
        ReportSettings settings = options.settings(config);
        ReplayReport report = ReportFiles.write(ReplayReader.open(folder), settings, judgments(terminal));
        new ReportTable(report, terminal).print();
        return report.failed() ? ExitCode.CONDITION : ExitCode.OK;
    }

    private @Nullable Judgments judgments(Terminal terminal) throws IOException, InterruptedException {
        Optional<Path> file = options.qrelsFile();
        if (file.isPresent()) {
            return new Judgments(ReportOptions.read(file.get()), file.get().toString());
        }
        if (!options.fromTopic()) {
            return null;
        }
        String topic = requireTopic();
        RequestBounds bounds = new RequestBounds(JUDGMENT_BYTES, 1);
        JudgmentTopic.Found found = JudgmentTopic.read(
                ReplayTopic.reading(config, kafka.clientConfig(config), bounds),
                topic,
                config.report().maxJudgments());
        if (found.unreadable() > 0) {
            terminal.line(
                    "  %,d records of %s are no judgments and don't count, among them:", found.unreadable(), topic);
            found.named().forEach(name -> terminal.line("    %s", name));
        }
        LatestGrades grades = found.grades();
        return new Judgments(
                grades.qrels(), "%,d events of topic %s".formatted(grades.events(), topic), found.unreadable());
    }

    private String requireTopic() throws InterruptedException {
        String topic = config.topics().judgments();
        IngestSettings settings = new WorkerAssembly(config)
                .ingestSettings(kafka.bootstrapServers(config), "report", false, kafka.clientProperties(config));
        new TopicCheck(settings).require(List.of(topic));
        return topic;
    }
}
