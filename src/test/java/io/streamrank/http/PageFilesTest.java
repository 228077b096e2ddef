package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page's files fit together and need nothing from elsewhere. */
class PageFilesTest {
    private static final Pattern LINK = Pattern.compile("(?:src|href)=\"(page/[^\"]*)\"");
    private static final Pattern IMPORT = Pattern.compile("from '([^']*)'");
    private static final Pattern EXTERNAL =
            Pattern.compile("(?:https?:)?//[a-z0-9.-]+\\.[a-z]+", Pattern.CASE_INSENSITIVE);
    private static final Pattern WANTED_ID = Pattern.compile("(?:byId\\(|Plot\\(|#plot\\()'([^']*)'");
    private static final Pattern LISTED_PLOT = Pattern.compile("\\['(?:queue|inference|endToEnd)', '([^']*)'\\]");
    private static final Pattern ID = Pattern.compile(" id=\"([^\"]*)\"");
    private static final Pattern POINTER =
            Pattern.compile("(?:for|aria-labelledby|aria-describedby)=\"([^\"]*)\"|href=\"#([^\"]*)\"");

    private final Map<String, String> files = files();
    private final String html = requireNonNull(files.get("index.html"));

    @Test
    void whatThePageLoadsIsOnTheClassPath() {
        assertThat(found(LINK, html))
                .contains("page/main.js", "page/colours.css", "page/page.css")
                .allSatisfy(path -> assertThat(isServed("/" + path)).as(path).isTrue());
    }

    @Test
    void whatModulesImportIsOnTheClassPath() {
        scripts()
                .forEach((name, text) -> found(IMPORT, text).forEach(imported -> {
                    URI path = URI.create("/page/" + name).resolve(imported);
                    assertThat(isServed(path.getPath()))
                            .as("%s imports %s", name, imported)
                            .isTrue();
                }));
    }

    @Test
    void everyModuleIsUsed() {
        Set<String> used = new TreeSet<>(Set.of("/page/main.js"));
        scripts()
                .forEach((name, text) -> found(IMPORT, text)
                        .forEach(imported -> used.add(
                                URI.create("/page/" + name).resolve(imported).getPath())));

        assertThat(scripts().keySet()).allSatisfy(name -> assertThat(used).contains("/page/" + name));
    }

    @Test
    void nothingComesFromElsewhere() {
        files.forEach((name, text) -> assertThat(found(EXTERNAL, text.replace("http://www.w3.org/2000/svg", "")))
                .as(name)
                .isEmpty());
    }

    @Test
    void nothingNeedsALaxContentSecurityPolicy() {
        assertThat(html)
                .doesNotContainPattern("<script(?![^>]* src=)")
                .doesNotContain("<style")
                .doesNotContainPattern("\\s(?:style|on[a-z]+)=\"");
        scripts()
                .forEach((name, text) -> assertThat(text)
                        .as(name)
                        .doesNotContain(
                                "innerHTML",
                                "outerHTML",
                                "insertAdjacentHTML",
                                "document.write",
                                "eval(",
                                "new Function"));
    }

    @Test
    void idsThatScriptsAskForAreInThePage() {
        Set<String> ids = Set.copyOf(found(ID, html));
        scripts().forEach((name, text) -> {
            assertThat(ids).as(name).containsAll(found(WANTED_ID, text));
            assertThat(ids).as(name).containsAll(found(LISTED_PLOT, text));
        });
        assertThat(scripts().values().stream()
                        .mapToInt(text -> found(WANTED_ID, text).size())
                        .sum())
                .isGreaterThan(50);
    }

    @Test
    void idsAreUniqueAndPointersPointToOne() {
        List<String> ids = found(ID, html);

        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids).containsAll(found(POINTER, html));
    }

    private Map<String, String> scripts() {
        return files.entrySet().stream()
                .filter(file -> file.getKey().endsWith(".js"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** What the first group that took part matched, at each place. */
    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(PageFilesTest::matched).toList();
    }

    private static String matched(MatchResult match) {
        for (int group = 1; group <= match.groupCount(); group++) {
            if (match.group(group) != null) {
                return match.group(group);
            }
        }
        return match.group();
    }

    private static boolean isServed(String path) {
        String resource = PageFiles.resource(path);
        try (InputStream content = resource == null ? null : PageFilesTest.class.getResourceAsStream(resource)) {
            return content != null;
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<String, String> files() {
        try {
            URL page = requireNonNull(PageFilesTest.class.getResource("/page/index.html"));
            Path root = requireNonNull(Path.of(page.toURI()).getParent());
            Map<String, String> texts = new TreeMap<>();
            try (Stream<Path> paths = Files.walk(root)) {
                for (Path path : paths.filter(Files::isRegularFile).toList()) {
                    texts.put(root.relativize(path).toString(), Files.readString(path, UTF_8));
                }
            }
            return texts;
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
