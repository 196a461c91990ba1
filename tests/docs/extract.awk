# Writes each C block of a Markdown document to FOLDER/block-LINE.c, ready to be compiled.

function is_outside(line) {
    return line ~ /^(static|typedef|extern|struct|enum|union|#define|BERTH_DRIVER_EXPORT)[ (]/ ||
           (line ~ /^[a-z][A-Za-z0-9_ *]*[ *][a-z][a-z0-9_]*\(.*\) \{$/ &&
            line !~ /^(if|else|while|for|switch|do|return)[ (]/)
}

function finish(    file, i, name) {
    file = sprintf("%s/block-%05d.c", folder, start)
    for (i = 1; i <= count; i++)
        if (lines[i] ~ /^#include/)
            print lines[i] > file
    if (!whole)
        print "#include \"" (driver ? "prelude_driver.h" : "prelude.h") "\"" > file
    if (!whole && !outside)
        print (driver ? "DRIVER_NAMES" : "PROGRAM_NAMES") "\nint block(void);\nint block(void) {" > file
    print "#line " start + 1 " \"" document "\"" > file
    for (i = 1; i <= count; i++)
        print (lines[i] ~ /^#include/ ? "" : lines[i]) > file
    if (!whole && !outside)
        print "return 0;\n}" > file
    close(file)
}

!inside && /^ *```c( driver)?$/ {
    inside = 1
    driver = / driver$/
    start = NR
    count = whole = outside = 0
    next
}
!inside && /^ *```[^`]+$/ {
    skipping = 1
    if ($0 ~ /^ *```(c|C)[^a-z+]/) {
        printf "%s:%d: \"%s\" is not known; write ```c, ```c driver or ```text\n", document, NR, $0
        failed = 1
    }
}
/^ *```$/ {
    if (inside)
        finish()
    else if (!skipping) {
        printf "%s:%d: a block without a language; write ```c, ```sh or ```text\n", document, NR
        failed = 1
        skipping = 1
        next
    }
    inside = skipping = 0
    next
}
inside {
    lines[++count] = $0
    whole = whole || $0 ~ /^int main\(/
    outside = outside || is_outside($0)
}
END {
    if (inside || skipping) {
        printf "%s: the block at line %d has no end\n", document, start
        failed = 1
    }
    exit failed
}
