package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Brings a checkpoint from a location to a folder, checked, as a whole or not at all. What is there already is not
 * brought again; several that do it at a time wait for the first.
 */
public final class Fetch {
    private static final int REVISION_DIGITS = 12;

    private final Location location;
    private final Path to;
    private final Wanted wanted;
    private final FetchSettings settings;
    private final Check check;
    private final FetchWatcher watcher;
    private final String where;

    /** Says what a checkpoint is. */
    @FunctionalInterface
    public interface Check {
        /**
         * The SHA-256 of a whole checkpoint, of which its revision is the first digits.
         *
         * @throws RuntimeException if there is none in that folder, or a broken one
         */
        String sha256(Path folder);
    }

    /**
     * What must come.
     *
     * @param revision the checkpoint's SHA-256, or its first digits; empty where any will do
     * @param sums SHA-256 of its files, by name; empty where they are not known
     * @param replace whether another checkpoint in the folder may be replaced
     */
    public record Wanted(Optional<String> revision, Map<String, String> sums, boolean replace) {
        /** Whatever is there. */
        public static final Wanted ANY = new Wanted(Optional.empty(), Map.of(), false);

        private static final Pattern REVISION = Pattern.compile("[0-9a-f]{12,64}");

        public Wanted {
            sums = Map.copyOf(sums);
            if (revision.isPresent() && !REVISION.matcher(revision.get()).matches()) {
                throw new IllegalArgumentException("revision is '" + revision.get()
                        + "', expected the 12 hexadecimal digits that rankings name it by, or up to all 64");
            }
        }

        /** Reads what sha256sum printed: SHA-256 by name. */
        public static Map<String, String> sums(Path file) throws IOException {
            return Sums.parse(Files.readString(file), file.toString());
        }
    }

    public Fetch(Location location, Path to, Wanted wanted, FetchSettings settings, Check check, FetchWatcher watcher) {
        this.location = location;
        this.to = to;
        this.wanted = wanted;
        this.settings = settings;
        this.check = check;
        this.watcher = watcher;
        this.where = location.toString();
    }

    /**
     * Does it, for as long as it takes within the timeout.
     *
     * @throws FetchException where it cannot be done; the folder is as it was
     * @throws IOException where this machine's files fail
     */
    public Fetched run() throws IOException, InterruptedException {
        Deadline deadline = new Deadline(settings.timeout());
        Target target = new Target(to);
        FileChannel hold = target.hold(deadline, watcher);
        try {
            Optional<Fetched> whole = target.whole();
            if (whole.isPresent() && isWanted(whole.get())) {
                return whole.get();
            }
            requireFree(target, whole);
            target.prepare(where);
            return fetch(target, deadline);
        } finally {
            hold.close();
        }
    }

    private boolean isWanted(Fetched there) throws IOException {
        return wanted.revision()
                        .map(revision -> there.sha256().startsWith(revision))
                        .orElse(there.location().equals(where))
                && hasSums(there.folder());
    }

    private boolean hasSums(Path folder) throws IOException {
        for (Map.Entry<String, String> sum : wanted.sums().entrySet()) {
            Path file = FileNames.below(folder, sum.getKey());
            if (CheckpointNames.isWanted(sum.getKey())
                    && !(Files.isRegularFile(file) && Digests.sha256(file).equals(sum.getValue()))) {
                return false;
            }
        }
        return true;
    }

    private void requireFree(Target target, Optional<Fetched> whole) throws IOException {
        if (wanted.replace() || !target.isTaken()) {
            return;
        }
        String holds = whole.map(there -> "holds revision " + there.sha256().substring(0, REVISION_DIGITS) + " from "
                        + there.location() + ", expected "
                        + wanted.revision().orElse("one from " + where)
                        + (wanted.sums().isEmpty() ? "" : " with the checksums given"))
                .orElse("holds files that were not fetched there as a whole");
        throw new FetchException(
                to.toString(), holds, "Fetch to a folder of its own for each revision, or allow it with --replace");
    }

    private Fetched fetch(Target target, Deadline deadline) throws IOException, InterruptedException {
        Transfer transfer = new Transfer(source(), where, settings, deadline, watcher);
        List<RemoteFile> files = expected(transfer.files());
        requireRoom(target, files);
        Map<String, String> sums = new TreeMap<>();
        Archives archives = new Archives(where, settings, deadline);
        boolean packed = false;
        for (RemoteFile file : files) {
            if (file.packing() == Packing.NONE) {
                sums.put(file.name(), transfer.bring(file, FileNames.below(target.files(), file.name())));
            } else {
                Path archive = target.archives().resolve(file.name());
                var unused = transfer.bring(file, archive);
                archives.unpack(archive, file.packing(), target.unpacked());
                packed = true;
            }
        }
        if (packed) {
            takeUnpacked(target, sums);
        }
        dropOthers(target, sums);
        requireSums(target, sums);
        return target.place(where, requireCheckpoint(target), sums);
    }

    private Source source() {
        if (location instanceof Location.Folder folder) {
            return new FolderSource(folder);
        }
        if (location instanceof Location.Http http) {
            return new HttpSource(http, settings);
        }
        return location instanceof Location.Oci oci
                ? new OciSource(oci, settings)
                : new S3Source((Location.S3) location, settings, Clock.systemUTC());
    }

    /** What is worth fetching, with the sums that are known in advance. */
    private List<RemoteFile> expected(List<RemoteFile> found) throws FetchException {
        if (found.size() > settings.maxFiles()) {
            throw refused(
                    "holds more than the " + settings.maxFiles() + " files of streamrank.fetch.max-files",
                    "Check the location, or allow more");
        }
        Set<String> names = new HashSet<>();
        List<RemoteFile> files = new ArrayList<>();
        for (RemoteFile file : found) {
            if (!names.add(FileNames.require(file.name(), where))) {
                throw refused("holds " + file.name() + " twice", "Have it packed or uploaded again");
            }
            if (file.packing() != Packing.NONE) {
                files.add(file);
            } else if (CheckpointNames.isWanted(file.name())) {
                files.add(withSum(file));
            }
        }
        boolean known = files.stream().noneMatch(file -> file.size() == RemoteFile.UNKNOWN);
        watcher.found(
                files.size(), known ? files.stream().mapToLong(RemoteFile::size).sum() : RemoteFile.UNKNOWN);
        return files;
    }

    private RemoteFile withSum(RemoteFile file) throws FetchException {
        String sum = wanted.sums().get(file.name());
        if (sum == null) {
            return file;
        }
        if (file.sha256().isPresent() && !file.sha256().get().equals(sum)) {
            throw new FetchException(
                    where + " " + file.name(),
                    "its SHA-256 is " + file.sha256().get() + ", expected " + sum,
                    "It is not what was published: don't use it");
        }
        return file.withSha256(sum);
    }

    /** Says it before hours of fetching. */
    private void requireRoom(Target target, List<RemoteFile> files) throws IOException {
        long needed = files.stream().mapToLong(file -> Math.max(0, file.size())).sum();
        if (needed > settings.maxBytes()) {
            throw refused(
                    "holds " + needed + " bytes, more than the " + settings.maxBytes()
                            + " of streamrank.fetch.max-bytes",
                    "Check the location, or allow more");
        }
        long there = 0;
        for (Path file : below(target.files())) {
            there += Files.size(file);
        }
        FileStore store = Files.getFileStore(target.files());
        if (needed - there > store.getUsableSpace()) {
            throw new FetchException(
                    to.toString(),
                    "there is room for " + store.getUsableSpace() + " bytes, " + (needed - there) + " are needed",
                    "Give the volume more room");
        }
    }

    /** Archives may hold the checkpoint itself, or one folder with it. */
    private void takeUnpacked(Target target, Map<String, String> sums) throws IOException {
        List<Path> files = below(target.unpacked());
        Path root = files.stream()
                .filter(file -> file.endsWith(CheckpointNames.CONFIG))
                .min(Comparator.comparingInt(Path::getNameCount))
                .map(Path::getParent)
                .orElseThrow(() -> refused("holds no config.json", "Have a checkpoint's folder packed"));
        for (Path file : files) {
            String name = file.startsWith(root) ? name(root, file) : "";
            if (CheckpointNames.isWanted(name)) {
                Path place = FileNames.below(target.files(), name);
                Files.createDirectories(place.getParent());
                Files.move(file, place, StandardCopyOption.REPLACE_EXISTING);
                sums.put(name, Digests.sha256(place));
            }
        }
    }

    /** An attempt before may have left files of another state of the location. */
    private static void dropOthers(Target target, Map<String, String> sums) throws IOException {
        for (Path file : below(target.files())) {
            if (!sums.containsKey(name(target.files(), file))) {
                Files.delete(file);
            }
        }
    }

    private static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    /** Those of the caller, and those that came with the files. */
    private void requireSums(Target target, Map<String, String> found) throws IOException {
        Map<String, String> expected = new TreeMap<>();
        Path own = target.files().resolve(Sums.NAME);
        if (Files.exists(own)) {
            expected.putAll(Sums.parse(Files.readString(own, UTF_8), where + " " + Sums.NAME));
        }
        expected.putAll(wanted.sums());
        for (Map.Entry<String, String> sum : expected.entrySet()) {
            String there = found.get(sum.getKey());
            if (CheckpointNames.isWanted(sum.getKey()) && !sum.getValue().equals(there)) {
                target.discard();
                throw new FetchException(
                        where + " " + sum.getKey(),
                        there == null
                                ? "is not there, expected by its checksum"
                                : "its SHA-256 is " + there + ", expected " + sum.getValue(),
                        "It is damaged or not what was published: don't use it");
            }
        }
        for (String name : found.keySet()) {
            if (!wanted.sums().isEmpty() && !wanted.sums().containsKey(name) && !name.equals(Sums.NAME)) {
                throw refused("holds " + name + ", of which no checksum is given", "Add it to the checksums");
            }
        }
    }

    private String requireCheckpoint(Target target) throws IOException {
        String found;
        try {
            found = check.sha256(target.files());
        } catch (RuntimeException e) {
            throw new FetchException(
                    where, "what it holds is no whole checkpoint: " + e.getMessage(), "Check the location", e);
        }
        String expected = wanted.revision().orElse("");
        if (!found.startsWith(expected)) {
            target.discard();
            throw refused(
                    "holds revision " + found.substring(0, expected.length()) + ", expected " + expected,
                    "Name the location of the expected revision, or expect the one that is there");
        }
        return found;
    }

    private FetchException refused(String problem, String remedy) {
        return new FetchException(where, problem, remedy);
    }
}
