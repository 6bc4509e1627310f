# The terminal in JupyterLab: the learner's own settings, then the course's programs before all others.
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
PATH="$COURSE_PROGRAMS:$PATH"
