package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.BeirFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a run's settings say of one data set: where it is, how groups are made of it, and how much of it there is in an
 * epoch. {@code docs/training.md} lists the keys.
 *
 * @param name what the settings call it
 * @param kind what its files are
 * @param files by key, such as {@code corpus}; those that a BEIR folder has need not be named
 * @param split of a BEIR folder
 * @param band the ranks of the run that negatives come from
 * @param relevantFrom the lowest grade of a positive
 * @param sampling how groups are made
 * @param weight how often an epoch takes each list
 */
public record DataSet(
        String name,
        Kind kind,
        Map<String, Path> files,
        Optional<String> split,
        RankBand band,
        int relevantFrom,
        Sampling sampling,
        double weight) {

    /** What a data set's files are. */
    public enum Kind {
        /** A folder laid out as BEIR does it, with a run beside it. */
        BEIR,
        /** A TREC run and qrels, with a corpus and queries. */
        TREC,
        /** Labelled lists as JSON Lines. */
        GROUPS,
        /** MS MARCO's triples by id, with a corpus and queries. */
        TRIPLES;

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public DataSet {
        requireNonNull(name, "name");
        requireNonNull(kind, "kind");
        files = Map.copyOf(files);
        requireNonNull(split, "split");
        requireNonNull(band, "band");
        requireNonNull(sampling, "sampling");
        if (relevantFrom < 1) {
            throw new IllegalArgumentException("relevant-from must be at least 1, not " + relevantFrom);
        }
        if (!(weight > 0 && weight <= TrainingMix.WEIGHT_MAX)) {
            throw new IllegalArgumentException(
                    "weight must be above 0 and at most " + TrainingMix.WEIGHT_MAX + ", not " + weight);
        }
    }

    /**
     * Reads a data set's settings.
     *
     * @param name what the settings call it, for errors
     * @param settings by key: one of {@code beir} (a folder), {@code groups} or {@code triples} (a file), or all of
     *     {@code corpus}, {@code queries}, {@code qrels} and {@code run}; what else there is has a default
     * @throws IllegalArgumentException if a key is unknown or missing, or a value out of range; names the key
     */
    public static DataSet parse(String name, Map<String, String> settings) {
        return new DataSetKeys(name, settings).parse();
    }

    /** The same with its files taken from a folder, those whose paths are absolute apart. */
    public DataSet in(Path folder) {
        Map<String, Path> resolved = new LinkedHashMap<>();
        files.forEach((key, file) -> resolved.put(key, folder.resolve(file)));
        return new DataSet(name, kind, resolved, split, band, relevantFrom, sampling, weight);
    }

    /**
     * Opens data sets as one source.
     *
     * @param seed decides the order of groups and what is sampled
     * @throws io.streamrank.replay.ReplayDataException if a file is malformed; names file and line
     */
    public static GroupSource open(List<DataSet> sets, long seed) throws IOException {
        return open(sets, seed, Needs.NOTHING);
    }

    /**
     * Opens data sets as one source.
     *
     * @param seed decides the order of groups and what is sampled
     * @param needs what every list needs, of whichever shape its groups are
     * @throws io.streamrank.replay.ReplayDataException if a file is malformed, or a list lacks what it needs; names file and
     *     line
     * @throws IllegalArgumentException if a set is of a kind that has no scores, and needs some
     */
    public static GroupSource open(List<DataSet> sets, long seed, Needs needs) throws IOException {
        List<TrainingMix.Part> parts = new ArrayList<>();
        try {
            for (DataSet set : sets) {
                parts.add(new TrainingMix.Part(set.lists(needs), set.sampling, set.weight));
            }
            return new TrainingMix(parts, seed);
        } catch (IOException | RuntimeException e) {
            for (TrainingMix.Part part : parts) {
                part.lists().close();
            }
            throw e;
        }
    }

    private LabelledLists lists(Needs needs) throws IOException {
        if (needs.scores() && kind != Kind.GROUPS) {
            throw new IllegalArgumentException("data." + name + ": a data set of " + kind.key()
                    + " has no teacher's scores, which loss.kl and loss.margin need: let `teach` write them, and name"
                    + " its lists as data." + name + ".groups");
        }
        return switch (kind) {
            case BEIR, TREC -> ranked();
            case GROUPS -> {
                boolean positives = needs.positives() || sampling.shape() == GroupShape.CONTRASTIVE;
                yield GroupsFile.open(file("groups"), files.get("corpus"), new Needs(positives, needs.scores()));
            }
            case TRIPLES -> TripleLists.open(file("triples"), file("corpus"), file("queries"));
        };
    }

    /**
     * The files that it is made of, by key; those that it takes from a BEIR folder by the key that would name them.
     *
     * @throws IOException if that folder lacks one, or has several that would do
     */
    public Map<String, Path> paths() throws IOException {
        Map<String, Path> paths = new LinkedHashMap<>(files);
        if (kind == Kind.BEIR) {
            BeirFolder folder = new BeirFolder(requireNonNull(paths.remove("beir"), "beir"), split.orElse(null));
            if (!paths.containsKey("corpus")) {
                paths.put("corpus", folder.corpus());
            }
            if (!paths.containsKey("queries")) {
                paths.put("queries", folder.queries());
            }
            if (!paths.containsKey("qrels")) {
                paths.put("qrels", folder.qrels());
            }
            if (!paths.containsKey("run")) {
                paths.put("run", folder.run());
            }
        }
        return paths;
    }

    private LabelledLists ranked() throws IOException {
        Map<String, Path> paths = paths();
        return RankedLists.open(
                requireNonNull(paths.get("corpus")),
                requireNonNull(paths.get("queries")),
                requireNonNull(paths.get("qrels")),
                relevantFrom,
                requireNonNull(paths.get("run")),
                band);
    }

    private Path file(String key) {
        return requireNonNull(files.get(key), key);
    }

    /** All settings by key, defaults too, such as {@link #parse} reads them. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        Set<String> keys = new TreeSet<>(files.keySet());
        keys.forEach(key -> settings.put(key, file(key).toString()));
        split.ifPresent(value -> settings.put("split", value));
        settings.put("shape", sampling.shape().name().toLowerCase(Locale.ROOT));
        settings.put("negatives", Integer.toString(sampling.negatives()));
        settings.put("near-duplicates", Double.toString(sampling.nearDuplicates()));
        settings.put("weight", Double.toString(weight));
        if (kind == Kind.BEIR || kind == Kind.TREC) {
            settings.put("from-rank", Integer.toString(band.from()));
            settings.put("to-rank", Integer.toString(band.to()));
            settings.put("relevant-from", Integer.toString(relevantFrom));
        }
        return settings;
    }
}
