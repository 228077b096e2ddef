package io.streamrank.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Where on the class path the page's files are. */
final class PageFiles {
    private static final String LIBRARY = "/page/lib/uplot/";

    private PageFiles() {}

    /** The resource behind a path of the server; null where there can be none. */
    static @Nullable String resource(String path) {
        if (path.equals("/")) {
            return "/page/index.html";
        }
        if (path.startsWith(LIBRARY)) {
            return "/META-INF/resources/webjars/uplot/" + version() + "/dist/" + path.substring(LIBRARY.length());
        }
        return path.startsWith("/page/") ? path : null;
    }

    /** The version of the plotting library, as its webjar says. */
    private static String version() {
        try (InputStream pom =
                PageFiles.class.getResourceAsStream("/META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
            Properties properties = new Properties();
            properties.load(pom);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new IllegalStateException("uPlot's webjar is not on the class path", e);
        }
    }
}
