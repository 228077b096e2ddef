package io.streamrank.cli;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.LatestGrades;
import io.streamrank.replay.report.ReplayReader;
import io.streamrank.replay.report.ReplayReport;
import io.streamrank.replay.report.Report.Judgments;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.ReportSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reports on a replay's folder: reads judgments, writes the files, shows a table, and says what a script shall make of it. */
final class Reporting {
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
        options.settings(config);
        Optional<Path> file = options.qrelsFile();
        if (file.isPresent()) {
            ReportOptions.read(file.get());
        }
        if (options.fromTopic()) {
            requireTopic();
        }
    }

    /**
     * Reports on a folder.
     *
     * @return one of {@link ExitCode}
     */
    int report(Path folder, Terminal terminal) throws IOException, InterruptedException {
        ReportSettings settings = options.settings(config);
        ReplayReport report = ReportFiles.write(ReplayReader.open(folder), settings, judgments());
        new ReportTable(report, terminal).print();
        return report.failed() ? ExitCode.CONDITION : ExitCode.OK;
    }

    private @Nullable Judgments judgments() throws IOException, InterruptedException {
        Optional<Path> file = options.qrelsFile();
        if (file.isPresent()) {
            return new Judgments(ReportOptions.read(file.get()), file.get().toString());
        }
        if (!options.fromTopic()) {
            return null;
        }
        String topic = requireTopic();
        LatestGrades grades = JudgmentTopic.read(kafka.clientConfig(config), topic);
        return new Judgments(grades.qrels(), "%,d events of topic %s".formatted(grades.events(), topic));
    }

    private String requireTopic() throws InterruptedException {
        String topic = config.topics().judgments();
        IngestSettings settings = new WorkerAssembly(config)
                .ingestSettings(kafka.bootstrapServers(config), "report", false, kafka.clientProperties(config));
        new TopicCheck(settings).require(List.of(topic));
        return topic;
    }
}
