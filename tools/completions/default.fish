
# Without a command, options are those of train, the default.
functions -c __logreg-stream_tokens __logreg-stream_typed_tokens
function __logreg-stream_tokens
    set -l tokens (__logreg-stream_typed_tokens $argv)
    set -l first $tokens[2]
    test (count $tokens) -eq 1; and set first (commandline -ct)
    if string match -q -- '-*' $first
        set tokens $tokens[1] train $tokens[2..]
    end
    string join \n -- $tokens
end
