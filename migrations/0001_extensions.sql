-- What every table below needs: vectors, letters by trigram.
create extension if not exists vector;
create extension if not exists pg_trgm;
