package io.streamrank.faults;

import io.streamrank.ingest.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;

/** The workers of a scene: processes of one group, each with a name that its successor takes over. */
final class Crew implements AutoCloseable {
    private static final int LOG_LINES_SHOWN = 25;

    private final Stage stage;
    private final Topics topics;
    private final String group;
    private final WorkerProcess.Manner manner;
    private final Map<String, WorkerProcess> byName = new LinkedHashMap<>();
    private final List<WorkerProcess> replaced = new ArrayList<>();

    Crew(Stage stage, Topics topics, String group, WorkerProcess.Manner manner) {
        this.manner = manner;
        this.stage = stage;
        this.topics = topics;
        this.group = group;
    }

    /** Sees to it that this many workers run and that all have partitions. */
    void fill(int count) throws IOException, InterruptedException {
        beginToFill(count);
        for (WorkerProcess worker : alive()) {
            worker.awaitAssigned();
        }
    }

    /** Sees to it that this many workers run; they take some seconds until they have partitions. */
    void beginToFill(int count) throws IOException {
        for (int i = 1; i <= count; i++) {
            WorkerProcess present = byName.get("w" + i);
            if (present == null || !present.isAlive()) {
                start("w" + i);
            }
        }
    }

    /** Starts a worker of this name, whatever has become of one that had it before. */
    WorkerProcess start(String name) throws IOException {
        WorkerProcess worker = WorkerProcess.start(stage.folder(), stage.proxy().port(), topics, group, name, manner);
        WorkerProcess before = byName.put(name, worker);
        if (before != null) {
            replaced.add(before);
        }
        return worker;
    }

    WorkerProcess.Manner manner() {
        return manner;
    }

    /** The names of those that have ended though nobody made them. */
    List<String> deserters() {
        return byName.values().stream()
                .filter(WorkerProcess::hasEndedByItself)
                .map(WorkerProcess::name)
                .toList();
    }

    /** Those that run. */
    List<WorkerProcess> alive() {
        return byName.values().stream().filter(WorkerProcess::isAlive).toList();
    }

    /** What the names of all their Kafka clients begin with. */
    String clientPrefix() {
        return group + "/";
    }

    /** The partitions of candidates that the group has given this worker. */
    Set<Integer> partitionsOf(WorkerProcess worker) throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", stage.broker().bootstrapServers()))) {
            return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
                    .filter(member -> member.groupInstanceId().equals(Optional.of(worker.name())))
                    .map(MemberDescription::assignment)
                    .flatMap(assignment -> assignment.topicPartitions().stream())
                    .map(TopicPartition::partition)
                    .collect(Collectors.toSet());
        }
    }

    /** How often any of them, replaced or not, has logged this. */
    int timesLogged(String text) throws IOException {
        int times = 0;
        for (WorkerProcess worker : byName.values()) {
            times += occurrences(worker.log(), text);
        }
        for (WorkerProcess worker : replaced) {
            times += occurrences(worker.log(), text);
        }
        return times;
    }

    private static int occurrences(String log, String text) {
        return (int) log.lines().filter(line -> line.contains(text)).count();
    }

    /** The end of what each has logged. */
    String logs() throws IOException {
        StringBuilder logs = new StringBuilder();
        for (WorkerProcess worker : byName.values()) {
            List<String> lines = worker.log().lines().toList();
            logs.append(worker.name())
                    .append(worker.isAlive() ? " runs:\n  " : " has ended:\n  ")
                    .append(String.join(
                            "\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size())))
                    .append('\n');
        }
        return logs.toString();
    }

    @Override
    public void close() {
        byName.values().forEach(WorkerProcess::close);
        replaced.forEach(WorkerProcess::close);
    }
}
